import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bearer, sendGraphql, summaryOf } from './harness/graphql.js';
import { registerSomebody, type Person } from './harness/people.js';
import { startStack, type TestStack } from './harness/stack.js';

describe('an operation with credential mutations', () => {
  let stack: TestStack;
  let ada: Person;

  beforeAll(async () => {
    stack = await startStack();
    ada = await registerSomebody(stack.client);
  });

  afterAll(async () => {
    await stack.close();
  });

  const login = (directive = '') =>
    `login(input: { identifier: "${ada.username}", password: "${ada.password}" }) ${directive} { userErrors { code } }`;
  const register =
    'register(input: { username: "ghost", email: "ghost@example.com", password: "velvet cellar 90" }) { user { id } }';
  const refresh = () => `refreshSession(input: { refreshToken: "${ada.refreshToken}" }) { userErrors { code } }`;
  const change = () =>
    `changePassword(input: { currentPassword: "${ada.password}", newPassword: "marble staircase 31" }) { userErrors { code } }`;

  /** Every fragment spreads the next one twice: written out, the last one would be there 2^depth times. */
  const nested = (depth: number, fields: string) => {
    const levels = Array.from({ length: depth }, (_unused, index) => index);
    const spreads = levels.map((level) => `fragment F${level} on Mutation { ...F${level + 1} ...F${level + 1} }`);
    return `mutation { ...F0 } ${spreads.join(' ')} fragment F${depth} on Mutation { ${fields} }`;
  };

  const aliases = (count: number) =>
    `mutation { ${Array.from({ length: count }, (_unused, index) => `a${index}: ${login()}`).join(' ')} }`;

  async function sendTo(service: 'gateway' | 'auth', query: string, variables: Readonly<Record<string, unknown>> = {}) {
    const { services } = stack;
    return sendGraphql(services[service].url, {
      query,
      variables,
      headers: {
        ...bearer(ada.accessToken),
        ...(service === 'auth' ? { 'router-authorization': services.routerSecret } : {}),
      },
    });
  }

  /** With those that have ended: a login with a token ends the session of that token. */
  const sessionCount = async () =>
    (await stack.sql('auth', 'SELECT id FROM sessions WHERE account_id = ?', [ada.id])).length;

  describe.each(['gateway', 'auth'] as const)('sent to the %s', (service) => {
    it.each<[string, () => string]>([
      ['two aliases', () => `mutation { a: ${login()} b: ${login()} }`],
      ['ten aliases', () => aliases(10)],
      ['one with an alias and one without', () => `mutation { ${login()} b: ${login()} }`],
      ['two kinds', () => `mutation { ${login()} ${refresh()} }`],
      ['one at the end', () => `mutation { ${login()} __typename ${change()} }`],
      ['a registration and a login', () => `mutation { ${register} ${login()} }`],
      ['an inline fragment', () => `mutation { ${login()} ... { b: ${login()} } }`],
      [
        'an inline fragment on the type',
        () => `mutation { ... on Mutation { ${login()} } ... on Mutation { ${change()} } }`,
      ],
      [
        'fragments',
        () => `mutation { ...A ...B } fragment A on Mutation { ${login()} } fragment B on Mutation { b: ${login()} }`,
      ],
      [
        'a fragment in a fragment',
        () => `mutation { ...A } fragment A on Mutation { ${login()} ...B } fragment B on Mutation { ${refresh()} }`,
      ],
      ['fragments within fragments', () => nested(4, `${login()} b: ${login()}`)],
      [
        '@skip and @include by literals',
        () => `mutation { ${login('@skip(if: true)')} b: ${login('@include(if: false)')} }`,
      ],
    ])('is refused as a whole when there is more than one: %s', async (_what, query) => {
      const before = await sessionCount();
      const answer = await sendTo(service, query());
      expect(answer.status).toBe(400);
      expect(summaryOf(answer.errors)).toEqual(['OPERATION_TOO_COMPLEX']);
      expect(answer.data).toBeNull();
      expect(await sessionCount()).toBe(before);
    });

    it.each([true, false])('counts what a variable may switch on, whether it is %s', async (on) => {
      const query = `mutation ($on: Boolean!) { ${login('@include(if: $on)')} b: ${login('@skip(if: $on)')} }`;
      const answer = await sendTo(service, query, { on });
      expect(answer.status).toBe(400);
      expect(summaryOf(answer.errors)).toEqual(['OPERATION_TOO_COMPLEX']);
    });

    it.each<[string, () => string]>([
      ['alone', () => `mutation { ${login()} }`],
      [
        'beside another mutation',
        () => `mutation { ${login()} logout(input: { allSessions: false }) @skip(if: true) { revokedSessionCount } }`,
      ],
      [
        'selected twice under one name, which is one execution',
        () => `mutation { ${login()} ...A } fragment A on Mutation { ${login()} }`,
      ],
      ['spread again and again, which is one execution', () => nested(4, login())],
    ])('is executed once with one: %s', async (_what, query) => {
      const before = await sessionCount();
      const answer = await sendTo(service, query());
      expect(summaryOf(answer.errors)).toEqual([]);
      expect(answer.data).toEqual({ login: { userErrors: [] } });
      expect(await sessionCount()).toBe(before + 1);
    });
  });

  // The gateway refuses such operations for their size already.
  it('is counted in no time by the subgraph itself, however large it would be written out', async () => {
    const refused = await sendTo('auth', aliases(100));
    expect(summaryOf(refused.errors)).toEqual(['OPERATION_TOO_COMPLEX']);
    const two = await sendTo('auth', nested(40, `${login()} b: ${login()}`));
    expect(summaryOf(two.errors)).toEqual(['OPERATION_TOO_COMPLEX']);
    const one = await sendTo('auth', nested(40, login()));
    expect(one.data).toEqual({ login: { userErrors: [] } });
  });
});
