import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { revocationKeys } from '@identity/service-kit/revocation';
import { Redis } from 'ioredis';
import { refusalsOf, refusedEverywhere } from './harness/access.js';
import { eventually } from './harness/eventually.js';
import { registerSomebody, type Person } from './harness/people.js';
import { startStack, type TestStack } from './harness/stack.js';
import { endSessionsUnderFire, expectNoLateUse } from './harness/under-fire.js';

/** Longer ago than what a renewal of the lease copies anew each time. */
const LONG_AGO_MS = 120_000;

describe('a Redis that may evict what it was told', () => {
  let stack: TestStack;
  let operator: Redis;

  beforeAll(async () => {
    stack = await startStack({ replicas: [{}, {}] });
    operator = new Redis(stack.redis?.url ?? '');
  });

  afterAll(async () => {
    operator.disconnect();
    await stack.close();
  });

  async function readiness(): Promise<unknown> {
    const response = await fetch(`${stack.services.auth.url}/health/ready`);
    expect(response.status).toBe(200);
    return response.json();
  }

  const failures = (): readonly string[] =>
    stack.logs.filter((line) => line.includes('"dependency":"redisEviction"') && line.includes('"level":"warn"'));

  /** Those of the processes, not of whoever asks them whether they are ready. */
  const warnings = (text: string): readonly string[] =>
    stack.logs.filter((line) => line.includes('"level":"warn"') && line.includes(text) && !failures().includes(line));

  const isBelieved = async (): Promise<boolean> => (await operator.exists(revocationKeys.lease)) === 1;
  const believed = (): Promise<void> => eventually('Redis is believed', isBelieved);
  const believedNoMore = (): Promise<void> => eventually('Redis is not believed', async () => !(await isBelieved()));

  const setPolicy = (policy: string): Promise<unknown> => operator.config('SET', 'maxmemory-policy', policy);

  /** Somebody who has logged out before what Redis is told in any case, and how Redis knows of it. */
  async function somebodyWhoLeft(): Promise<{ readonly ada: Person; readonly revoked: string }> {
    const ada = await registerSomebody(stack.client);
    const sessionId = (await ada.client.validateToken()).data?.validateToken.sessionId ?? '';
    await ada.client.logout();
    stack.clock.advance(LONG_AGO_MS);
    return { ada, revoked: revocationKeys.revoked(sessionId) };
  }

  /** Why a person is refused, at every replica. */
  const refusalsEverywhere = ({ id, accessToken }: Person): Promise<readonly (readonly string[])[]> =>
    Promise.all(stack.clients.map((client) => refusalsOf({ id, client: client.withAccessToken(accessToken) })));

  const nowhere = refusedEverywhere('TOKEN_REVOKED');

  it('is not meant by one that evicts nothing', async () => {
    expect(await readiness()).toMatchObject({ status: 'ready', checks: { redis: 'ok', redisEviction: 'ok' } });
    await believed();
    expect(warnings('redis may evict')).toEqual([]);
  });

  it('is warned of once, at the start, and shown for as long as it may', async () => {
    await setPolicy('allkeys-lru');
    await believedNoMore();
    const before = warnings('redis may evict').length;
    await stack.restart();
    await eventually('operators are warned', () => warnings('redis may evict').length - before >= 2);
    for (let asked = 0; asked < 3; asked += 1)
      expect(await readiness()).toMatchObject({ status: 'ready', checks: { redis: 'ok', redisEviction: 'failing' } });
    expect(failures()).toHaveLength(1);
    expect(await isBelieved()).toBe(false);
    await setPolicy('noeviction');
    await believed();
    expect(await readiness()).toMatchObject({ status: 'ready', checks: { redis: 'ok', redisEviction: 'ok' } });
    expect(warnings('redis may evict').length - before).toBe(2);
  });

  it('is not believed while it may, and told everything again when it may no more', async () => {
    const { ada, revoked } = await somebodyWhoLeft();
    const eve = await registerSomebody(stack.client);
    await setPolicy('volatile-lru');
    await believedNoMore();
    // What an eviction does.
    expect(await operator.del(revoked)).toBe(1);
    expect(await refusalsEverywhere(ada)).toEqual([nowhere, nowhere]);
    expect(await refusalsEverywhere(eve)).toEqual([[], []]);
    expect(await isBelieved()).toBe(false);
    await setPolicy('noeviction');
    await believed();
    expect(await operator.exists(revoked)).toBe(1);
    expect(await refusalsEverywhere(ada)).toEqual([nowhere, nowhere]);
  });

  it('is told everything again when it has evicted something, although it may no more and still holds the lease', async () => {
    const { ada, revoked } = await somebodyWhoLeft();
    await believed();
    const kept = [revocationKeys.lease, ...(await operator.keys(revocationKeys.mark('*')))];
    const copies = await Promise.all(kept.map(async (key) => [key, await operator.dumpBuffer(key)] as const));
    const evicting = operator.pipeline().config('SET', 'maxmemory-policy', 'allkeys-lru', 'maxmemory', '1').ping();
    const over = evicting.config('SET', 'maxmemory', '0', 'maxmemory-policy', 'noeviction').exists(revoked);
    const restoring = copies.reduce((sum, [key, copy]) => sum.restore(key, 400, copy, 'REPLACE'), over);
    const replies = (await restoring.exec()) ?? [];
    expect(replies.map(([error]) => error)).toEqual(replies.map(() => null));
    expect(replies[3]?.[1]).toBe(0);
    await eventually('the end of the session is back', async () => (await operator.exists(revoked)) === 1);
    await believed();
    expect(await refusalsEverywhere(ada)).toEqual([nowhere, nowhere]);
  });

  it('lets nobody in when sessions end meanwhile', async () => {
    const trouble = { begin: () => setPolicy('allkeys-random'), end: () => setPolicy('noeviction') };
    expectNoLateUse('Redis may evict', await endSessionsUnderFire(stack, trouble));
  });

  it('is also one that does not say whether it may', async () => {
    await believed();
    await operator.acl('SETUSER', 'default', '-info');
    await believedNoMore();
    expect(await readiness()).toMatchObject({ status: 'ready', checks: { redis: 'ok', redisEviction: 'failing' } });
    await eventually('operators are warned', () => warnings('redis does not say').length >= 2);
    expect(await refusalsEverywhere(await registerSomebody(stack.client))).toEqual([[], []]);
    await operator.acl('SETUSER', 'default', '+info');
    await believed();
    expect(warnings('redis does not say')).toHaveLength(2);
  });
});
