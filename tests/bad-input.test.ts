import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bearer, sendGraphql, summaryOf } from './harness/graphql.js';
import { registerSomebody, type Person } from './harness/people.js';
import { startStack, type TestStack } from './harness/stack.js';

/** Placed wherever a value can be placed; must come back from nowhere. */
const CANARY = 'canary-5e1f9c';

const REGISTER = 'mutation ($input: RegisterInput!) { register(input: $input) { userErrors { code path } } }';
const PREFERENCES =
  'mutation ($input: UpdatePreferencesInput!) { updatePreferences(input: $input) { user { id } userErrors { code path } } }';
const PROFILE =
  'mutation ($input: UpdateProfileInput!) { updateProfile(input: $input) { user { id } userErrors { code path } } }';

const GOOD = { username: 'nobody-yet', email: 'nobody-yet@example.com', password: 'a quiet harbour at dawn' };

describe('bad input', () => {
  let stack: TestStack;
  let ada: Person;

  beforeAll(async () => {
    stack = await startStack();
    ada = await registerSomebody(stack.client);
  });

  afterAll(async () => {
    await stack.close();
  });

  function post(body: string, headers: Readonly<Record<string, string>> = {}) {
    return fetch(`${stack.services.gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });
  }

  it.each<[string, string, Readonly<Record<string, unknown>>, string]>([
    ['a missing variable', REGISTER, {}, 'input'],
    ['null for the input', REGISTER, { input: null }, 'input'],
    ['text for the input', REGISTER, { input: CANARY }, 'input'],
    ['a list for the input', REGISTER, { input: [CANARY] }, 'input'],
    ['a missing field', REGISTER, { input: { username: CANARY, password: CANARY } }, 'input.email'],
    ['null for a field', REGISTER, { input: { ...GOOD, password: null } }, 'input.password'],
    ['a number for text', REGISTER, { input: { ...GOOD, username: 4711 } }, 'input.username'],
    ['a list for text', REGISTER, { input: { ...GOOD, password: [CANARY] } }, 'input.password'],
    ['an object for text', REGISTER, { input: { ...GOOD, password: { [CANARY]: CANARY } } }, 'input.password'],
    ['a number for an e-mail address', REGISTER, { input: { ...GOOD, email: 4711 } }, 'input.email'],
    ['an object for an e-mail address', REGISTER, { input: { ...GOOD, email: { a: CANARY } } }, 'input.email'],
    ['an unknown field', REGISTER, { input: { ...GOOD, roles: [CANARY] } }, 'input.roles'],
    ['an unknown enum value', PREFERENCES, { input: { theme: CANARY } }, 'input.theme'],
    ['text for a flag', PREFERENCES, { input: { emailNotifications: CANARY } }, 'input.emailNotifications'],
    ['text for a JSON object', PREFERENCES, { input: { custom: CANARY } }, 'input.custom'],
    ['a list for a JSON object', PREFERENCES, { input: { custom: [CANARY] } }, 'input.custom'],
    ['a number for a locale', PREFERENCES, { input: { locale: 5 } }, 'input.locale'],
    ['a fraction for a whole number', PREFERENCES, { input: { expectedVersion: 1.5 } }, 'input.expectedVersion'],
    ['a number beyond 32 bits', PREFERENCES, { input: { expectedVersion: 2 ** 31 } }, 'input.expectedVersion'],
    ['a flag for an address', PROFILE, { input: { avatarUrl: true } }, 'input.avatarUrl'],
  ])('names the field: %s', async (_what, query, variables, field) => {
    const answer = await sendGraphql(stack.services.gateway.url, {
      query,
      variables,
      headers: bearer(ada.accessToken),
    });
    expect(answer.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', field } }]);
    expect(answer.errors[0]?.message).toContain(field);
    expect(answer.text).not.toContain(CANARY);
    expect(answer.text).not.toContain('4711');
  });

  it.each<[string, string, string]>([
    ['a number for text', '(input: { username: 4711, email: "a@example.com", password: "x" })', 'input.username'],
    ['text for an input', `(input: "${CANARY}")`, 'input'],
    ['a missing field', `(input: { username: "${CANARY}", email: "${CANARY}@example.com" })`, 'input.password'],
    [
      'an unknown field',
      `(input: { username: "u", email: "a@example.com", password: "${CANARY}", admin: "${CANARY}" })`,
      'input.(unknown)',
    ],
    [
      'an enum value for text',
      `(input: { username: ${CANARY.replace('-', '_')}, email: "a@example.com", password: "x" })`,
      'input.username',
    ],
    ['a number for an e-mail address', '(input: { username: "someone", email: 4711, password: "x" })', 'input.email'],
  ])('names the field of a literal: %s', async (_what, input, field) => {
    const answer = await sendGraphql(stack.services.gateway.url, {
      query: `mutation { register${input} { userErrors { code } } }`,
    });
    expect(answer.errors).toMatchObject([{ extensions: { field } }]);
    expect(['BAD_USER_INPUT', 'GRAPHQL_VALIDATION_FAILED']).toContain(answer.errors[0]?.extensions['code']);
    expect(answer.text).not.toContain(CANARY);
    expect(answer.text).not.toContain(CANARY.replace('-', '_'));
    expect(answer.text).not.toContain('4711');
  });

  it.each(['text/html', 'image/png', 'application/json;q=0'])(
    'does nothing for a client that takes %s',
    async (accept) => {
      const headers = { ...bearer(ada.accessToken), accept };
      const register = await post(JSON.stringify({ query: REGISTER, variables: { input: GOOD } }), headers);
      const logout = await post('{"query":"mutation { logout { userErrors { code } } }"}', headers);
      for (const answer of [register, logout]) {
        expect(answer.status).toBe(406);
        expect(await answer.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
      }
      const me = await post('{"query":"{ me { id } }"}', bearer(ada.accessToken));
      expect(await me.json()).toEqual({ data: { me: { id: ada.id } } });
    },
  );

  it.each<[string, string, number, string]>([
    ['no JSON', '{', 400, 'BAD_USER_INPUT'],
    ['an empty body', '', 400, 'BAD_USER_INPUT'],
    ['JSON that is no object', '"text"', 400, 'BAD_USER_INPUT'],
    ['no query', '{}', 400, 'BAD_USER_INPUT'],
    ['a query that is a number', '{"query":5}', 400, 'BAD_USER_INPUT'],
    ['variables that are text', '{"query":"{ me { id } }","variables":"x"}', 400, 'BAD_USER_INPUT'],
    ['a batch', '[{"query":"{ me { id } }"}]', 400, 'BAD_USER_INPUT'],
    ['a syntax error', '{"query":"{ me { id "}', 400, 'GRAPHQL_PARSE_FAILED'],
    ['an unknown field', '{"query":"{ nothing }"}', 400, 'GRAPHQL_VALIDATION_FAILED'],
    ['an unknown operation', '{"query":"query A { me { id } }","operationName":"B"}', 400, 'BAD_USER_INPUT'],
    [
      'an unknown persisted query',
      `{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"${'0'.repeat(64)}"}}}`,
      200,
      'PERSISTED_QUERY_NOT_FOUND',
    ],
  ])('answers %s with JSON and a code', async (_what, body, status, code) => {
    const response = await post(body);
    expect(response.headers.get('content-type')).toMatch(/json/);
    expect({ status: response.status, body: await response.json() }).toMatchObject({
      status,
      body: { errors: [{ extensions: { code } }] },
    });
  });

  const nested = (depth: number): unknown => JSON.parse(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`);

  it.each<[string, object, string]>([
    ['a subscription', { query: 'subscription { me { id } }' }, 'BAD_USER_INPUT'],
    [
      'a number beyond all',
      { query: 'mutation { updatePreferences(input: { custom: { a: 1e400 } }) { user { id } } }' },
      'GRAPHQL_VALIDATION_FAILED',
    ],
    [
      'fragments in fragments',
      { query: `{ ${'... { '.repeat(1_600)} me { id } ${'}'.repeat(1_600)} }` },
      'OPERATION_TOO_COMPLEX',
    ],
    ['lists in lists', { query: `{ user(id: ${'['.repeat(2_400)}` }, 'OPERATION_TOO_COMPLEX'],
    [
      'objects in objects',
      { query: PREFERENCES, variables: { input: { custom: nested(1_000) } } },
      'OPERATION_TOO_COMPLEX',
    ],
    [
      'a persisted query that is another',
      { query: '{ me { id } }', extensions: { persistedQuery: { version: 1, sha256Hash: '0'.repeat(64) } } },
      'BAD_USER_INPUT',
    ],
    [
      'a persisted query of another version',
      { extensions: { persistedQuery: { version: 2, sha256Hash: '0'.repeat(64) } } },
      'BAD_USER_INPUT',
    ],
  ])('takes %s for the mistake of a client', async (_what, request, code) => {
    const response = await post(JSON.stringify(request), bearer(ada.accessToken));
    expect({ status: response.status, body: await response.json() }).toMatchObject({
      status: 400,
      body: { errors: [{ extensions: { code } }] },
    });
  });

  it.each(['auth', 'users'] as const)('asks %s for at most a hundred entities at once', async (subgraph) => {
    const entities = async (count: number) => {
      const answer = await sendGraphql(stack.services[subgraph].url, {
        query: 'query ($representations: [_Any!]!) { _entities(representations: $representations) { __typename } }',
        variables: { representations: Array.from({ length: count }, () => ({ __typename: 'User', id: ada.id })) },
        headers: { ...bearer(ada.accessToken), 'router-authorization': stack.services.routerSecret },
      });
      return summaryOf(answer.errors);
    };
    expect(await entities(100)).toEqual([]);
    expect(await entities(101)).toEqual(['_entities BAD_USER_INPUT representations']);
  });

  it('takes brackets in text for text', async () => {
    const answer = await sendGraphql(stack.services.gateway.url, {
      query: `{ userByUsername(username: "${'['.repeat(200)}") { id } } # ${'{'.repeat(200)}`,
      headers: bearer(ada.accessToken),
    });
    expect(answer).toMatchObject({ data: { userByUsername: null }, errors: [] });
  });

  it('has written nothing, and logged no value', async () => {
    expect((await ada.client.me()).data?.me?.profile?.version).toBe(0);
    const login = await stack.client.login({ input: { identifier: GOOD.username, password: GOOD.password } });
    expect(login.data?.login.userErrors.map(({ code }) => code)).toEqual(['INVALID_CREDENTIALS']);

    await stack.client.register({ input: { username: `${CANARY}!`, email: CANARY, password: CANARY } });
    await stack.client.login({ input: { identifier: `${CANARY}@example.com`, password: CANARY } });
    await stack.client.refreshSession({ input: { refreshToken: CANARY } });
    await stack.client.withAccessToken(CANARY).me();
    expect(stack.logs.length).toBeGreaterThan(0);
    expect(stack.logs.filter((line) => line.includes(CANARY))).toEqual([]);
  });
});
