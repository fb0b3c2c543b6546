import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { revocationKeys } from '@identity/service-kit/revocation';
import { Redis } from 'ioredis';
import { refusalsOf, refusedEverywhere } from './harness/access.js';
import { eventually } from './harness/eventually.js';
import { registerSomebody } from './harness/people.js';
import { startStack, type TestStack } from './harness/stack.js';

describe('a replica that has taken over without the latest writes', () => {
  let stack: TestStack;
  let redis: Redis;

  beforeAll(async () => {
    stack = await startStack();
    redis = new Redis(stack.redis?.url ?? '');
  });

  afterAll(async () => {
    redis.disconnect();
    await stack.close();
  });

  /** Everything that Redis holds about revocations. */
  async function copyOfEverything(): Promise<readonly (readonly [string, Buffer])[]> {
    const keys = [revocationKeys.lease, ...(await redis.keys(revocationKeys.mark('*')))];
    return Promise.all(keys.map(async (key) => [key, await redis.dumpBuffer(key)] as const));
  }

  /** What was written since is lost; the lease holds, as if nothing had happened. */
  async function goBackTo(copy: readonly (readonly [string, Buffer])[]): Promise<void> {
    const transaction = copy.reduce((sum, [key, dump]) => sum.restore(key, 400, dump), redis.multi().flushall());
    const replies = (await transaction.exec()) ?? [];
    expect(replies.map(([error]) => error)).toEqual(replies.map(() => null));
  }

  /** Waits until Auth has written to Redis once more. */
  async function nextRenewal(): Promise<void> {
    const marks = async () => (await redis.mget(await redis.keys(revocationKeys.mark('*')))).join();
    const before = await marks();
    await eventually('Auth has written again', async () => (await marks()) !== before);
  }

  it('learns of every session that has ended, whatever Auth believes to have written', async () => {
    const ada = await registerSomebody(stack.client);
    const sessionId = (await ada.client.validateToken()).data?.validateToken.sessionId ?? '';
    const revoked = revocationKeys.revoked(sessionId);
    await eventually('Redis is complete', async () => (await redis.exists(revocationKeys.lease)) === 1);
    const before = await copyOfEverything();
    expect(before.length).toBe(2);

    await ada.client.logout();
    // The first may have read SQL before; by the third, Auth knows that it has written the end of the session.
    for (let count = 0; count < 3; count += 1) await nextRenewal();
    await goBackTo(before);
    expect(await redis.exists(revoked)).toBe(0);
    await eventually('the end of the session is back', async () => (await redis.exists(revoked)) === 1);
    expect(await refusalsOf(ada)).toEqual(refusedEverywhere('TOKEN_REVOKED'));
  });
});
