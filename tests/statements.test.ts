import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { bearer, sendGraphql } from './harness/graphql.js';
import { logInAgain, registerSomebody, type Person } from './harness/people.js';
import { startStack, type TestStack } from './harness/stack.js';

/**
 * What verifying a token costs when Redis cannot vouch for being complete: at times, on a machine that is too busy to
 * renew its word in time. It says nothing about the operation.
 */
const ASKED_INSTEAD_OF_REDIS = 'SELECT id FROM `sessions` WHERE id IN';

describe('what an operation costs in SQL statements', () => {
  let stack: TestStack;
  let ada: Person;

  beforeAll(async () => {
    stack = await startStack();
    ada = await registerSomebody(stack.client);
  });

  afterAll(async () => {
    await stack.close();
  });

  async function cost(
    work: () => Promise<{ readonly errors?: readonly unknown[] }>,
  ): Promise<{ readonly auth: number; readonly users: number }> {
    let errors: readonly unknown[] | undefined;
    const statements = await stack.statements.during(async () => {
      ({ errors } = await work());
    });
    expect(errors ?? []).toEqual([]);
    const of = (name: string) =>
      statements.filter(({ subgraph, sql }) => subgraph === name && !sql.startsWith(ASKED_INSTEAD_OF_REDIS)).length;
    return { auth: of('auth'), users: of('users') };
  }

  function query(text: string, variables: Readonly<Record<string, unknown>> = {}) {
    return () => sendGraphql(stack.services.gateway.url, { query: text, variables, headers: bearer(ada.accessToken) });
  }

  it('one for an account, one for a profile', async () => {
    expect(await cost(query('{ me { username email roles } }'))).toEqual({ auth: 1, users: 0 });
    expect(await cost(query('{ me { username profile { bio preferences { theme } } } }'))).toEqual({
      auth: 1,
      users: 1,
    });
    expect(await cost(query('{ me { username } again: me { email } }'))).toEqual({ auth: 1, users: 0 });
  });

  it('less than one each for many who ask at the same time, who are all answered about themselves', async () => {
    const people = await Promise.all(Array.from({ length: 30 }, () => registerSomebody(stack.client)));
    const askTogether = async () => {
      const answers = await Promise.all(
        people.map(({ accessToken }) =>
          sendGraphql(stack.services.gateway.url, {
            query: '{ me { id username profile { bio } } }',
            headers: bearer(accessToken),
          }),
        ),
      );
      expect(answers.map(({ data }) => data)).toEqual(
        people.map(({ id, username }) => ({ me: { id, username, profile: { bio: '' } } })),
      );
      return { errors: answers.flatMap(({ errors }) => errors) };
    };
    await askTogether();
    const questionsBefore = await questionsToRedis();
    const { auth, users } = await cost(askTogether);
    // In one process everybody is answered before the next is heard.
    if (stack.redis === null) return;
    expect(auth).toBeLessThan(people.length);
    expect(users).toBeLessThan(people.length);
    // Both subgraphs ask whether the sessions have ended.
    expect((await questionsToRedis()) - questionsBefore).toBeLessThan(2 * people.length);
  });

  /** How many commands that ask about sessions Redis has had; 0 without one. */
  async function questionsToRedis(): Promise<number> {
    if (stack.redis === null) return 0;
    const connection = new Redis(stack.redis.url);
    try {
      return Number(/cmdstat_mget:calls=(\d+)/.exec(await connection.info('commandstats'))?.[1]);
    } finally {
      connection.disconnect();
    }
  }

  it('none to verify a token', async () => {
    const verify = query('{ validateToken { active } }');
    expect(await cost(verify)).toEqual({ auth: 0, users: 0 });
    // Also none to ask for revocations, but for the odd time.
    const tries = [];
    for (let index = 0; index < 10; index += 1) tries.push((await stack.statements.during(verify)).length);
    expect(tries.sort().at(0)).toBe(0);
    expect(tries.at(-1)).toBeLessThanOrEqual(1);
  });

  it('one in each subgraph for any number of users', async () => {
    const people = await Promise.all(Array.from({ length: 30 }, () => registerSomebody(stack.client)));
    const ids = people.map(({ id }) => id);
    const text = 'query ($ids: [ID!]!) { nodes(ids: $ids) { ... on User { username profile { bio } } } }';
    expect(await cost(query(text, { ids }))).toEqual({ auth: 1, users: 1 });
  });

  it('one for any number of sessions by their ids', async () => {
    const others = await Promise.all(Array.from({ length: 10 }, () => logInAgain(stack.client, ada)));
    const { data } = await ada.client.mySessions({ first: 100 });
    const ids = data?.me?.sessions?.nodes.map(({ id }) => id) ?? [];
    expect(ids.length).toBeGreaterThan(others.length);
    const text = 'query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Session { createdAt } } }';
    expect(await cost(query(text, { ids }))).toEqual({ auth: 1, users: 0 });
  });

  it('one for a page of sessions, one more for their number', async () => {
    expect(await cost(query('{ me { sessions { nodes { id } } } }'))).toEqual({ auth: 2, users: 0 });
    expect(await cost(query('{ me { sessions { totalCount } } }'))).toEqual({ auth: 3, users: 0 });
  });

  it('few for a write', async () => {
    // The first write finds no row to change; from the second on it is one change and one read.
    expect(await cost(() => ada.client.updateProfile({ input: { bio: 'one' } }))).toEqual({ auth: 0, users: 3 });
    expect(await cost(() => ada.client.updateProfile({ input: { bio: 'two' } }))).toEqual({ auth: 0, users: 2 });
  });

  it('few for a login, a refresh and a logout', async () => {
    const credentials = { identifier: ada.username, password: ada.password };
    // The account with its hash; its row once more under a lock, with the roles; the session and its refresh token.
    expect(await cost(() => stack.client.login({ input: credentials }))).toEqual({ auth: 5, users: 1 });
    // The token, to be counted for its session; token, session, account; the exchange, the session's use, the successor.
    expect(await cost(() => stack.client.refreshSession({ input: { refreshToken: ada.refreshToken } }))).toEqual({
      auth: 7,
      users: 0,
    });
    expect(await cost(() => ada.client.logout())).toEqual({ auth: 1, users: 0 });
  });
});
