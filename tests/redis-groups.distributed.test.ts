import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { refusalsOf, refusedEverywhere } from './harness/access.js';
import { eventually } from './harness/eventually.js';
import { logInAgain, registerSomebody } from './harness/people.js';
import { startRedisCluster } from './harness/redis-cluster.js';
import type { RedisGroup } from './harness/redis-group.js';
import { startRedisWithSentinel } from './harness/redis-sentinel.js';
import { startStack, type TestStack } from './harness/stack.js';
import { endSessionsUnderFire, expectNoLateUse } from './harness/under-fire.js';

/** Failed logins that are allowed at one account, whichever replica is asked. */
const ALLOWED = 4;

describe.each([
  ['a Redis Cluster', startRedisCluster],
  ['a Redis with a Sentinel', startRedisWithSentinel],
])('two of each service on %s', (name, startGroup) => {
  let group: RedisGroup;
  let stack: TestStack;
  let strangers = 0;

  beforeAll(async () => {
    group = await startGroup();
    stack = await startStack({
      replicas: [{}, {}],
      environment: { REDIS_URL: group.url, LIMIT_LOGIN_ACCOUNT: `${ALLOWED}/600` },
    });
    await redisIsBelieved();
  });

  afterAll(async () => {
    await stack.close();
    await group.stop();
  });

  /** Nobody has to look into SQL for what Redis vouches for. */
  async function redisIsBelieved(): Promise<void> {
    const { client } = await registerSomebody(stack.client);
    await eventually('revocations are read from Redis', async () => {
      const statements = await stack.statements.during(() => client.validateToken());
      return statements.length === 0;
    });
  }

  /** What comes of failed logins at one account, at the replicas in turn. */
  async function failedLogins(count: number): Promise<readonly string[]> {
    strangers += 1;
    const identifier = `nobody-${strangers}`;
    const outcomes: string[] = [];
    for (let index = 0; index < count; index += 1) {
      const client = stack.clients[index % stack.clients.length] ?? stack.client;
      const { data, errors = [] } = await client.login({
        input: { identifier, password: 'not the password' },
      });
      outcomes.push(errors[0]?.extensions.code ?? data?.login.userErrors[0]?.code ?? 'in');
    }
    return outcomes;
  }

  /** One slow answer is enough for a replica to count alone for a moment, and it may take some to follow a new master. */
  function expectAttemptsCountedTogether(): Promise<void> {
    const failures = [...Array.from({ length: ALLOWED }, () => 'INVALID_CREDENTIALS'), 'RATE_LIMITED'];
    return eventually('attempts are counted together', async () => {
      const outcomes = await failedLogins(ALLOWED + 1);
      return outcomes.join() === failures.join();
    });
  }

  it('are ready, and say that Redis is', async () => {
    for (const { url } of stack.replicas.flatMap(({ auth, users }) => [auth, users])) {
      const response = await fetch(`${url}/health/ready`);
      expect(await response.json()).toMatchObject({ status: 'ready', checks: { redis: 'ok' } });
    }
    const auth = await fetch(`${stack.services.auth.url}/health/ready`);
    expect(await auth.json()).toMatchObject({ checks: { redisEviction: 'ok' } });
  });

  it('log in, refresh, and log out everywhere at once', async () => {
    const [here = stack.client, there = stack.client] = stack.clients;
    const ada = await logInAgain(here, await registerSomebody(here));
    const refreshed = await there.refreshSession({ input: { refreshToken: ada.refreshToken } });
    const accessToken = refreshed.data?.refreshSession.tokens?.accessToken ?? '';
    const everywhere = [here, there].map((client) => ({ id: ada.id, client: client.withAccessToken(accessToken) }));
    for (const acting of everywhere) expect(await refusalsOf(acting)).toEqual([]);
    await here.withAccessToken(accessToken).logout();
    for (const acting of everywhere) expect(await refusalsOf(acting)).toEqual(refusedEverywhere('TOKEN_REVOKED'));
  });

  it('count attempts together', async () => {
    await expectAttemptsCountedTogether();
  });

  it('lose no end of a session when the server that knows of it dies, and believe the one that follows', async () => {
    const trouble = { begin: () => group.killMaster(), end: () => group.promoted() };
    expectNoLateUse(name, await endSessionsUnderFire(stack, trouble));
    await redisIsBelieved();
    await expectAttemptsCountedTogether();
  });
});
