import type { Client } from '@identity/client/client';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bearer, sendGraphql, summaryOf } from './harness/graphql.js';
import { registerSomebody, type Person } from './harness/people.js';
import { startStack, type TestStack } from './harness/stack.js';

const NOBODY = 'user_01m854awnke04s50ft5bw89qwb';

describe('reading by id', () => {
  let stack: TestStack;
  let ada: Person;
  let bob: Person;

  beforeAll(async () => {
    stack = await startStack();
    ada = await registerSomebody(stack.client, { username: 'Ada.L' });
    bob = await registerSomebody(stack.client);
  });

  afterAll(async () => {
    await stack.close();
  });

  function ask(
    query: string,
    { person = ada, variables = {} }: { person?: Person | null; variables?: Readonly<Record<string, unknown>> } = {},
  ) {
    return sendGraphql(stack.services.gateway.url, {
      query,
      variables,
      headers: person === null ? {} : bearer(person.accessToken),
    });
  }

  /** The same person with the next pair of tokens. */
  async function freshOf(person: Person): Promise<Person> {
    const { data } = await stack.client.refreshSession({ input: { refreshToken: person.refreshToken } });
    const tokens = data?.refreshSession.tokens;
    if (tokens == null) throw new Error('the session could not be refreshed');
    const { accessToken, refreshToken } = tokens;
    return { ...person, accessToken, refreshToken, client: stack.client.withAccessToken(accessToken) };
  }

  async function sessionIdsOf({ client }: Person): Promise<readonly string[]> {
    return (await client.mySessions({ first: 100 })).data?.me?.sessions?.nodes.map(({ id }) => id) ?? [];
  }

  it('finds accounts by id and by username in any case', async () => {
    const { data, errors } = await ask(
      'query ($id: ID!) { user(id: $id) { username } userByUsername(username: " aDA.l ") { id } }',
      { variables: { id: ada.id } },
    );
    expect({ data, errors }).toEqual({
      data: { user: { username: 'Ada.L' }, userByUsername: { id: ada.id } },
      errors: [],
    });
  });

  it.each([
    NOBODY,
    'user_',
    'session_01m854awnke04s50ft5bw89qwb',
    'nonsense',
    '',
    "' OR 1=1 --",
    'user_'.padEnd(5_000, 'x'),
    // What a database may be unable to compare with an id.
    'user_é',
    'session_é',
    'user_🦊',
    'user_\u0000',
    'session_\u0000',
    'user_\uD800',
  ])('finds nothing by an id that stands for nothing (%#)', async (id) => {
    const { data, errors } = await ask(
      'query ($id: ID!) { user(id: $id) { id } node(id: $id) { id } userByUsername(username: $id) { id } }',
      { variables: { id } },
    );
    const { data: byName, errors: nameErrors } = await ask(
      'query ($name: String!) { userByUsername(username: $name) { id } }',
      { variables: { name: id } },
    );
    expect(errors.map(({ extensions }) => extensions['code'])).toEqual(['GRAPHQL_VALIDATION_FAILED']);
    expect(data).toBeNull();
    expect({ byName, nameErrors }).toEqual({ byName: { userByUsername: null }, nameErrors: [] });
    expect(
      await ask('query ($id: ID!) { user(id: $id) { id } node(id: $id) { id } }', { variables: { id } }),
    ).toMatchObject({ data: { user: null, node: null }, errors: [] });
  });

  it('finds nothing by an id in another spelling', async () => {
    const [session = ''] = await sessionIdsOf(ada);
    for (const id of [ada.id, session]) {
      for (const spelling of [`${id} `, ` ${id}`, id.toUpperCase(), `${id}\u0000`]) {
        const { data, errors } = await ask('query ($id: ID!) { user(id: $id) { id } node(id: $id) { id } }', {
          variables: { id: spelling },
        });
        expect({ spelling, data, errors }).toEqual({ spelling, data: { user: null, node: null }, errors: [] });
      }
    }
  });

  it('gives nodes of any type in the order asked for, and null for what the caller may not see', async () => {
    const [[own = ''], [foreign = '']] = [await sessionIdsOf(ada), await sessionIdsOf(bob)];
    const ids = [own, NOBODY, bob.id, foreign, 'nonsense', ada.id, own];
    const { data, errors } = await ask(
      'query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on User { username profile { bio } } ... on Session { current } } }',
      { variables: { ids } },
    );
    const session = { __typename: 'Session', id: own, current: true };
    expect(errors).toEqual([]);
    expect(data).toEqual({
      nodes: [
        session,
        null,
        { __typename: 'User', id: bob.id, username: bob.username, profile: { bio: '' } },
        null,
        null,
        { __typename: 'User', id: ada.id, username: 'Ada.L', profile: { bio: '' } },
        session,
      ],
    });
  });

  it('gives at most 100 nodes at once', async () => {
    const query = 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }';
    const hundred = await ask(query, { variables: { ids: Array.from({ length: 100 }, () => ada.id) } });
    expect(hundred.errors).toEqual([]);
    const more = await ask(query, { variables: { ids: Array.from({ length: 101 }, () => ada.id) } });
    expect(summaryOf(more.errors)).toEqual(['nodes BAD_USER_INPUT ids']);
  });

  it.each([
    'user(id: "x") { id }',
    'userByUsername(username: "x") { id }',
    'node(id: "x") { id }',
    'nodes(ids: ["x"]) { id }',
  ])('needs a token for %s', async (field) => {
    const { errors } = await ask(`{ ${field} }`, { person: null });
    expect(summaryOf(errors)).toEqual([`${field.slice(0, field.indexOf('('))} UNAUTHENTICATED TOKEN_MISSING`]);
  });

  it.each<[string, Readonly<Record<string, string>>, readonly string[]]>([
    ['no token', {}, []],
    ['garbage', { authorization: 'Bearer garbage' }, ['me UNAUTHENTICATED TOKEN_INVALID']],
    ['another scheme', { authorization: 'Basic YWRhOnB3' }, ['me UNAUTHENTICATED TOKEN_INVALID']],
    ['an empty header', { authorization: '' }, ['me UNAUTHENTICATED TOKEN_INVALID']],
  ])('answers me with %s', async (_what, headers, expected) => {
    const { data, errors } = await sendGraphql(stack.services.gateway.url, { query: '{ me { id } }', headers });
    expect(data).toEqual({ me: null });
    expect(summaryOf(errors)).toEqual(expected);
  });

  it('tells a token that has expired from one that is wrong', async () => {
    const eve = await registerSomebody(stack.client);
    stack.clock.advance(900_000 + 31_000);
    expect(summaryOf((await eve.client.me()).errors)).toEqual(['me UNAUTHENTICATED TOKEN_EXPIRED']);
    expect(summaryOf((await eve.client.node({ id: eve.id })).errors)).toEqual(['node UNAUTHENTICATED TOKEN_EXPIRED']);
    const { data, errors } = await stack.client.validateToken({ token: eve.accessToken });
    expect(errors).toBeUndefined();
    expect(data?.validateToken).toMatchObject({ active: false, userId: null, expiresAt: null });
    // The others go on with fresh tokens.
    [ada, bob] = await Promise.all([freshOf(ada), freshOf(bob)]);
  });

  it('lists live sessions newest first, page by page', async () => {
    const cleo = await registerSomebody(stack.client);
    for (let index = 1; index < 5; index += 1)
      await stack.client.login({
        input: { identifier: cleo.username, password: cleo.password, deviceName: `device ${String(index)}` },
      });
    type Sessions = NonNullable<
      NonNullable<NonNullable<Awaited<ReturnType<Client['mySessions']>>['data']>['me']>['sessions']
    >;
    const pages: Sessions[] = [];
    for (let after: string | null = null; pages.length < 3;) {
      const { data }: Awaited<ReturnType<Client['mySessions']>> = await cleo.client.mySessions({ first: 2, after });
      const page = data?.me?.sessions;
      if (page == null) throw new Error('no sessions');
      pages.push(page);
      after = page.pageInfo.endCursor;
    }
    expect(pages.map(({ nodes }) => nodes.map(({ deviceName }) => deviceName))).toEqual([
      ['device 4', 'device 3'],
      ['device 2', 'device 1'],
      [null],
    ]);
    expect(pages.map(({ totalCount }) => totalCount)).toEqual([5, 5, 5]);
    expect(pages.map(({ pageInfo: { hasNextPage, hasPreviousPage } }) => [hasNextPage, hasPreviousPage])).toEqual([
      [true, false],
      [true, true],
      [false, true],
    ]);
  });

  it.each<[string, readonly string[]]>([
    ['first: 0', []],
    ['first: 100', []],
    ['first: null', []],
    ['first: -1', ['me.sessions BAD_USER_INPUT first']],
    ['first: 101', ['me.sessions BAD_USER_INPUT first']],
    ['after: "nonsense"', ['me.sessions BAD_USER_INPUT after']],
    ['after: ""', ['me.sessions BAD_USER_INPUT after']],
  ])('takes sessions(%s) for what it is', async (argument, expected) => {
    const { errors } = await ask(`{ me { username sessions(${argument}) { nodes { id } } } }`);
    expect(summaryOf(errors)).toEqual(expected);
  });

  it('tells what a token stands for, and of a bad one only that it is not active', async () => {
    const active = { active: true, userId: ada.id, roles: ['USER'] };
    const nothing = { active: false, userId: null, roles: null, sessionId: null, issuedAt: null, expiresAt: null };
    expect((await ada.client.validateToken()).data?.validateToken).toMatchObject(active);
    expect((await stack.client.validateToken({ token: ada.accessToken })).data?.validateToken).toMatchObject(active);
    expect((await bob.client.validateToken({ token: ada.accessToken })).data?.validateToken).toMatchObject(active);

    const dora = await registerSomebody(stack.client);
    await dora.client.logout();
    for (const token of [
      dora.accessToken,
      ada.refreshToken,
      'garbage',
      '',
      `${ada.accessToken}x`,
      'x'.repeat(20_000),
    ]) {
      expect(await stack.client.validateToken({ token })).toEqual({ data: { validateToken: nothing } });
    }
    expect(await stack.client.validateToken()).toEqual({ data: { validateToken: nothing } });
  });
});
