import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { refusalsOf, refusedEverywhere } from './harness/access.js';
import { eventually } from './harness/eventually.js';
import { bearer, sendGraphql, summaryOf } from './harness/graphql.js';
import { logInAgain, registerAdmin, registerSomebody, type Person } from './harness/people.js';
import type { TestRedis } from './harness/redis-server.js';
import { startStack, type TestStack } from './harness/stack.js';
import { endSessionsUnderFire, expectNoLateUse, type Trouble } from './harness/under-fire.js';

const DEAD = refusedEverywhere('TOKEN_REVOKED');

describe('sessions that end on one of two replicas in trouble', () => {
  let stack: TestStack;
  let redis: TestRedis;

  beforeAll(async () => {
    stack = await startStack({
      replicas: [{}, {}],
      withNetwork: true,
      // While SQL is slow, every request holds a connection for long.
      environment: { DATABASE_POOL_SIZE: '20' },
    });
    if (stack.redis === null) throw new Error('this stack has no Redis');
    redis = stack.redis;
  });

  afterAll(async () => {
    await stack.close();
  });

  function network(replica: number) {
    const found = stack.replicas[replica]?.network;
    if (found === undefined) throw new Error('there is no network');
    return found;
  }

  /** Refused or accepted before anything is read from SQL. */
  async function useElsewhere({ accessToken }: Person): Promise<unknown> {
    const query = 'mutation { updateProfile(input: { avatarUrl: "none" }) { userErrors { code } } }';
    const url = stack.replicas[0]?.gateway.url ?? '';
    const { data, errors } = await sendGraphql(url, { query, headers: bearer(accessToken) });
    return data === null ? summaryOf(errors) : data;
  }

  const troubles: readonly (readonly [string, Trouble])[] = [
    ['Redis is killed', { begin: () => redis.signal('SIGKILL'), end: () => redis.restart() }],
    ['Redis is frozen', { begin: () => redis.signal('SIGSTOP'), end: () => redis.signal('SIGCONT') }],
    ['Redis comes back empty, before and after', { begin: () => redis.restart(), end: () => redis.restart() }],
    [
      'Redis hangs for a moment',
      {
        begin: () => {
          redis.signal('SIGSTOP');
          setTimeout(() => {
            redis.signal('SIGCONT');
          }, 250);
        },
        end: () => undefined,
      },
    ],
    [
      'Redis is out of reach for one of them',
      { begin: () => network(0).redis.freeze(), end: () => network(0).redis.heal() },
    ],
    ['Redis has left the other', { begin: () => network(1).redis.cut(), end: () => network(1).redis.heal() }],
    [
      'SQL is slow by 300 ms',
      {
        begin: () => [0, 1].forEach((replica) => network(replica).sql.delay(300)),
        end: () => [0, 1].forEach((replica) => network(replica).sql.heal()),
      },
    ],
  ];

  it.each(troubles)('have ended on both when the answer arrives: %s', async (name, trouble) => {
    expectNoLateUse(name, await endSessionsUnderFire(stack, trouble));
  });

  it('have ended when the answer arrives although Redis still vouches for what it has not been told', async () => {
    const ada = await registerSomebody(stack.clients[0] ?? stack.client);
    expect(await useElsewhere(ada)).toEqual({ updateProfile: { userErrors: [{ code: 'INVALID_INPUT' }] } });
    // The one that ends the session cannot write to Redis, and the other cannot learn of it from SQL.
    network(1).redis.cut();
    network(0).sql.freeze();
    try {
      const { data } = await (stack.clients[1] ?? stack.client).withAccessToken(ada.accessToken).logout();
      expect(data?.logout.revokedSessionCount).toBe(1);
      expect(await useElsewhere(ada)).toEqual(['updateProfile SERVICE_UNAVAILABLE']);
    } finally {
      network(0).sql.heal();
      network(1).redis.heal();
    }
    expect(await useElsewhere(ada)).toEqual(['updateProfile UNAUTHENTICATED TOKEN_REVOKED']);
  });

  it('are asked about at Auth in the name of the request that needs to know', async () => {
    const ada = await registerSomebody(stack.client);
    const requestId = randomUUID();
    redis.signal('SIGKILL');
    try {
      const { errors } = await sendGraphql(stack.services.gateway.url, {
        query: 'mutation { updateProfile(input: { bio: "known" }) { userErrors { code } } }',
        headers: { ...bearer(ada.accessToken), 'x-request-id': requestId },
      });
      expect(errors).toEqual([]);
    } finally {
      await redis.restart();
    }
    const requestsOf = (service: string): unknown[] =>
      stack.logs
        .filter((line) => line.includes(requestId) && line.includes(`"service":"${service}"`))
        .map((line): unknown => JSON.parse(line));
    await eventually('both services have logged the request', () =>
      ['users', 'auth'].every((service) => requestsOf(service).length > 0),
    );
    expect(requestsOf('users')).toEqual([expect.objectContaining({ fields: ['updateProfile'], userId: ada.id })]);
    expect(requestsOf('auth')).toEqual([expect.objectContaining({ fields: ['validateToken'], status: 200 })]);
  });

  it('have ended when a second suspension answers, although the first one is still telling it', async () => {
    const admin = await registerAdmin(stack);
    const eve = await registerSomebody(stack.clients[0] ?? stack.client);
    const acting = (stack.clients[1] ?? stack.client).withAccessToken(admin.accessToken);
    expect(await useElsewhere(eve)).toEqual({ updateProfile: { userErrors: [{ code: 'INVALID_INPUT' }] } });
    network(1).redis.freeze();
    try {
      // From here on it does not wait for Redis to know who is asking.
      await acting.me();
      network(0).sql.freeze();
      const first = acting.suspendUser({ input: { userId: eve.id } });
      await eventually('the first suspension is in SQL', async () => {
        const rows = await stack.sql('auth', "SELECT id FROM accounts WHERE id = ? AND status = 'SUSPENDED'", [eve.id]);
        return rows.length === 1;
      });
      const second = await acting.suspendUser({ input: { userId: eve.id } });
      expect(second.data?.suspendUser.user?.status).toBe('SUSPENDED');
      expect(await useElsewhere(eve)).toEqual(['updateProfile SERVICE_UNAVAILABLE']);
      await first;
    } finally {
      network(0).sql.heal();
      network(1).redis.heal();
    }
  });

  it.each<readonly [string, (owner: Person) => Promise<Person>]>([
    ['its owner', (owner) => logInAgain(stack.client, owner)],
    ['an administrator', () => registerAdmin(stack)],
  ])('have ended when %s hears that a session has, although the first answer is not there yet', async (_who, login) => {
    const eve = await registerSomebody(stack.clients[0] ?? stack.client);
    const sessionId = (await eve.client.validateToken()).data?.validateToken.sessionId ?? '';
    const { accessToken } = await login(eve);
    const acting = (stack.clients[1] ?? stack.client).withAccessToken(accessToken);
    expect(await useElsewhere(eve)).toEqual({ updateProfile: { userErrors: [{ code: 'INVALID_INPUT' }] } });
    network(1).redis.freeze();
    try {
      // From here on it does not wait for Redis to know who is asking.
      await acting.me();
      network(0).sql.freeze();
      const first = acting.revokeSession({ input: { sessionId } });
      await eventually('the end of the session is in SQL', async () => {
        const rows = await stack.sql('auth', 'SELECT id FROM sessions WHERE id = ? AND revoked_at IS NOT NULL', [
          sessionId,
        ]);
        return rows.length === 1;
      });
      const second = await acting.revokeSession({ input: { sessionId } });
      expect(second.data?.revokeSession).toMatchObject({ session: null, userErrors: [{ code: 'NOT_FOUND' }] });
      expect(await useElsewhere(eve)).toEqual(['updateProfile SERVICE_UNAVAILABLE']);
      expect((await first).data?.revokeSession.session?.id).toBe(sessionId);
    } finally {
      network(0).sql.heal();
      network(1).redis.heal();
    }
  });
});

describe('two replicas whose clocks differ by as much as is forgiven', () => {
  let stack: TestStack;

  beforeAll(async () => {
    stack = await startStack({ replicas: [{}, { clockAhead: 30_000 }] });
  });

  afterAll(async () => {
    await stack.close();
  });

  it.each([
    ['the earlier', 0],
    ['the later', 1],
  ])('accept what %s has issued, and refuse it when either has ended it', async (_name, issuer) => {
    const [issuing, other] = [stack.clients[issuer], stack.clients[1 - issuer]];
    if (issuing === undefined || other === undefined) throw new Error('there are not two replicas');
    const people = [await registerSomebody(issuing), await registerSomebody(issuing)] as const;
    const everywhere = people.flatMap(({ id, accessToken }) =>
      [issuing, other].map((client) => ({ id, client: client.withAccessToken(accessToken) })),
    );
    for (const acting of everywhere) expect(await refusalsOf(acting)).toEqual([]);
    await issuing.withAccessToken(people[0].accessToken).logout();
    await other.withAccessToken(people[1].accessToken).logout();
    for (const acting of everywhere) expect(await refusalsOf(acting)).toEqual(DEAD);
    // Now everything has to come from SQL, by the clock of whoever copies it.
    await stack.redis?.restart();
    for (const acting of everywhere) expect(await refusalsOf(acting)).toEqual(DEAD);
  });
});

describe('services that start beside an empty Redis', () => {
  let stack: TestStack;

  beforeAll(async () => {
    stack = await startStack();
  });

  afterAll(async () => {
    await stack.close();
  });

  it('know at once which sessions have ended', async () => {
    const [ada, eve] = [await registerSomebody(stack.client), await registerSomebody(stack.client)];
    await ada.client.logout();
    await stack.services.auth.close();
    await stack.redis?.restart();
    await stack.addReplica();
    const joined = ({ id, accessToken }: Person) => ({
      id,
      client: stack.clients.at(-1)?.withAccessToken(accessToken) ?? ada.client,
    });
    expect(await refusalsOf(joined(ada))).toEqual(DEAD);
    expect(await refusalsOf(joined(eve))).toEqual([]);
  });
});
