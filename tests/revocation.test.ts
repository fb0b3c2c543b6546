import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { refusalsOf, refusedEverywhere } from './harness/access.js';
import { bearer, sendGraphql, summaryOf } from './harness/graphql.js';
import { registerSomebody, type Person } from './harness/people.js';
import { stackName } from './harness/stack-name.js';
import { startStack, type TestStack } from './harness/stack.js';

const DEAD = refusedEverywhere('TOKEN_REVOKED');

describe('the end of a session', () => {
  let stack: TestStack;

  beforeAll(async () => {
    stack = await startStack();
  });

  afterAll(async () => {
    await stack.close();
  });

  async function logInAgain({ id, username, password }: Person) {
    const { data } = await stack.client.login({ input: { identifier: username, password } });
    const client = stack.client.withAccessToken(data?.login.tokens?.accessToken ?? '');
    return { id, client };
  }

  it('is the end of its access token everywhere, and of that one only', async () => {
    const ada = await registerSomebody(stack.client);
    const elsewhere = await logInAgain(ada);
    expect(await refusalsOf(ada)).toEqual([]);
    const { data } = await ada.client.logout();
    expect(data?.logout).toEqual({ revokedSessionCount: 1, userErrors: [] });
    expect(await refusalsOf(ada)).toEqual(DEAD);
    expect(await refusalsOf(elsewhere)).toEqual([]);
    // A session that has ended cannot be ended again.
    expect(summaryOf((await ada.client.logout()).errors)).toEqual(['logout UNAUTHENTICATED TOKEN_REVOKED']);
  });

  it('can be the end of all sessions of the account, and of no other account', async () => {
    const [ada, eve] = [await registerSomebody(stack.client), await registerSomebody(stack.client)];
    const others = await Promise.all([logInAgain(ada), logInAgain(ada)]);
    const { data } = await others[0].client.logout({ input: { allSessions: true } });
    expect(data?.logout).toEqual({ revokedSessionCount: 3, userErrors: [] });
    for (const session of [ada, ...others]) expect(await refusalsOf(session)).toEqual(DEAD);
    expect(await refusalsOf(eve)).toEqual([]);
    expect(await refusalsOf(await logInAgain(ada))).toEqual([]);
  });

  it('can be the end of more sessions than one statement ends', async () => {
    const ada = await registerSomebody(stack.client);
    await Promise.all(Array.from({ length: 101 }, () => logInAgain(ada)));
    const { data } = await ada.client.logout({ input: { allSessions: true } });
    expect(data?.logout.revokedSessionCount).toBe(102);
    const alive = 'SELECT id FROM sessions WHERE account_id = ? AND revoked_at IS NULL';
    expect(await stack.sql('auth', alive, [ada.id])).toEqual([]);
  });

  it('shows in validateToken', async () => {
    const [ada, eve] = [await registerSomebody(stack.client), await registerSomebody(stack.client)];
    await ada.client.logout();
    const { data, errors } = await eve.client.validateToken({ token: ada.accessToken });
    expect(errors).toBeUndefined();
    expect(data?.validateToken).toMatchObject({ active: false, userId: null, sessionId: null });
  });

  it('takes the session out of the list and away from node()', async () => {
    const ada = await registerSomebody(stack.client);
    const elsewhere = await logInAgain(ada);
    const { sessionId } = (await ada.client.validateToken()).data?.validateToken ?? {};
    await ada.client.logout();
    const sessions = (await elsewhere.client.mySessions()).data?.me?.sessions;
    expect(sessions?.nodes.map(({ id }) => id)).not.toContain(sessionId);
    expect(sessions?.totalCount).toBe(1);
    expect((await elsewhere.client.node({ id: sessionId ?? '' })).data?.node).toBeNull();
  });

  it.each([
    'updateProfile(input: { bio: "written by a ghost" }) { userErrors { code } }',
    'changePassword(input: { currentPassword: "same lantern", newPassword: "other lantern" }) { userErrors { code } }',
    'logout { revokedSessionCount }',
    'logout(input: { allSessions: true }) { revokedSessionCount }',
  ])('holds later in the same operation: %s', async (mutation) => {
    const ada = await registerSomebody(stack.client, { password: 'same lantern' });
    const answer = await sendGraphql(stack.services.gateway.url, {
      query: `mutation { first: logout { revokedSessionCount } second: ${mutation} }`,
      headers: bearer(ada.accessToken),
    });
    expect(summaryOf(answer.errors)).toEqual(['second UNAUTHENTICATED TOKEN_REVOKED']);
    // The password is still the old one, and nothing was written.
    const elsewhere = await logInAgain(ada);
    expect((await elsewhere.client.me()).data?.me?.profile).toMatchObject({ bio: '', version: 0 });
  });

  it('survives a restart of all services, and so do live sessions', async () => {
    const [ada, eve] = [await registerSomebody(stack.client), await registerSomebody(stack.client)];
    await ada.client.logout();
    await stack.restart();
    // The services have new ports.
    const again = ({ id, accessToken }: Person) => ({ id, client: stack.client.withAccessToken(accessToken) });
    expect(await refusalsOf(again(ada))).toEqual(DEAD);
    expect(await refusalsOf(again(eve))).toEqual([]);
  });
});

// The embedded stack has no Redis and its services do not fail one by one.
const describeDistributed = stackName() === 'distributed' ? describe : undefined;

describeDistributed?.('the end of a session while Redis is in trouble', () => {
  let stack: TestStack;

  beforeAll(async () => {
    stack = await startStack();
  });

  afterAll(async () => {
    await stack.close();
  });

  function redisOf({ redis }: TestStack) {
    if (redis === null) throw new Error('this stack has no Redis');
    return redis;
  }

  /** Asks again and again, as fast as answers come, until the time is over; returns every different answer. */
  async function pollRefusals(person: Person, milliseconds: number): Promise<readonly string[][]> {
    const answers = new Map<string, string[]>();
    const until = Date.now() + milliseconds;
    while (Date.now() < until) {
      const refusals = [...(await refusalsOf(person))];
      answers.set(refusals.join(), refusals);
    }
    return [...answers.values()];
  }

  /** Kills Redis without warning and waits until nobody listens there. */
  async function killRedis(): Promise<void> {
    const { pid, signal } = redisOf(stack);
    signal('SIGKILL');
    const until = Date.now() + 5_000;
    while (isAlive(pid)) {
      if (Date.now() > until) throw new Error('Redis does not end');
      await sleep(10);
    }
  }

  it('stays the end when Redis comes back empty', async () => {
    const [ada, eve] = [await registerSomebody(stack.client), await registerSomebody(stack.client)];
    await ada.client.logout();
    expect(await refusalsOf(ada)).toEqual(DEAD);
    const polling = pollRefusals(ada, 2_500);
    await redisOf(stack).restart();
    expect(await refusalsOf(ada)).toEqual(DEAD);
    expect(await refusalsOf(eve)).toEqual([]);
    expect(await polling).toEqual([DEAD]);
    expect(await refusalsOf(eve)).toEqual([]);
  });

  it('is the end everywhere without Redis, and live sessions live', async () => {
    const [ada, eve, joe] = await Promise.all([1, 2, 3].map(() => registerSomebody(stack.client)));
    if (ada === undefined || eve === undefined || joe === undefined) throw new Error('nobody is there');
    await ada.client.logout();
    await killRedis();
    try {
      const { data, errors } = await eve.client.logout();
      expect(errors).toBeUndefined();
      expect(data?.logout.revokedSessionCount).toBe(1);
      expect(await pollRefusals(eve, 1_000)).toEqual([DEAD]);
      expect(await refusalsOf(ada)).toEqual(DEAD);
      expect(await refusalsOf(joe)).toEqual([]);
      const registered = await registerSomebody(stack.client);
      expect(await refusalsOf(registered)).toEqual([]);
    } finally {
      await redisOf(stack).restart();
    }
    expect(await pollRefusals(eve, 1_000)).toEqual([DEAD]);
    expect(await refusalsOf(joe)).toEqual([]);
  });

  it('was announced while Redis hung, and holds when it goes on', async () => {
    const [ada, eve] = [await registerSomebody(stack.client), await registerSomebody(stack.client)];
    const redis = redisOf(stack);
    redis.signal('SIGSTOP');
    let during: readonly string[][];
    let after: Promise<readonly string[][]>;
    try {
      const { data, errors } = await ada.client.logout();
      expect(errors).toBeUndefined();
      expect(data?.logout.revokedSessionCount).toBe(1);
      during = await pollRefusals(ada, 500);
      after = pollRefusals(ada, 2_000);
    } finally {
      redis.signal('SIGCONT');
    }
    expect(during).toEqual([DEAD]);
    expect(await after).toEqual([DEAD]);
    expect(await refusalsOf(eve)).toEqual([]);
  });

  it('leaves the users subgraph refusing what it cannot check, and answering what is public', async () => {
    const ada = await registerSomebody(stack.client);
    await ada.client.updateProfile({ input: { bio: 'here before' } });
    await killRedis();
    await stack.services.auth.close();
    try {
      const written = await ada.client.updateProfile({ input: { bio: 'nobody has checked' } });
      expect(written.errors?.map(({ path, extensions }) => ({ path, ...extensions }))).toEqual([
        { path: ['updateProfile'], code: 'SERVICE_UNAVAILABLE', service: 'auth' },
      ]);
      const entity = await sendGraphql(stack.services.users.url, {
        query: `query ($representations: [_Any!]!) {
          _entities(representations: $representations) { ... on User { profile { bio version preferences { theme } } } }
        }`,
        variables: { representations: [{ __typename: 'User', id: ada.id }] },
        headers: { ...bearer(ada.accessToken), 'router-authorization': stack.services.routerSecret },
      });
      expect(entity.data).toEqual({ _entities: [{ profile: { bio: 'here before', version: 1, preferences: null } }] });
      expect(summaryOf(entity.errors)).toEqual(['_entities.0.profile.preferences SERVICE_UNAVAILABLE']);
    } finally {
      await redisOf(stack).restart();
      await stack.services.auth.startAgain?.();
    }
    expect(await refusalsOf(ada)).toEqual([]);
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
