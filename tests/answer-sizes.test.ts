import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bearer, sendGraphql } from './harness/graphql.js';
import { registerAdmin, registerSomebody, type Person } from './harness/people.js';
import { startStack, type TestStack } from './harness/stack.js';

const FULL_PAGE = `{ users(first: 100) { totalCount pageInfo { endCursor hasNextPage } edges { cursor node {
  id username email emailVerified roles status twoFactorEnabled createdAt profile {
    displayName bio avatarUrl version updatedAt preferences { theme locale timeZone emailNotifications custom }
} } } } }`;

const BIO = 'x'.repeat(2_000);
/** The longest that there may be. */
const CUSTOM = { a: 'x'.repeat(16 * 1_024 - '{"a":""}'.length) };

const times = (count: number, of: (index: number) => string) =>
  Array.from({ length: count }, (_, n) => of(n)).join(' ');

const TOO_COMPLEX = { extensions: { code: 'OPERATION_TOO_COMPLEX' } };

describe('what people keep in their profiles, asked for again and again', () => {
  let stack: TestStack;
  let ada: Person;
  let admin: Person;
  let ids: readonly string[];

  beforeAll(async () => {
    stack = await startStack();
    admin = await registerAdmin(stack);
    ada = await registerSomebody(stack.client);
    await ada.client.updateProfile({ input: { bio: BIO } });
    await ada.client.updatePreferences({ input: { custom: CUSTOM } });
    ids = Array.from({ length: 100 }, () => ada.id);
  });

  afterAll(async () => {
    await stack.close();
  });

  const ask = (query: string, person = ada) =>
    sendGraphql(stack.services.gateway.url, { query, variables: { ids }, headers: bearer(person.accessToken) });

  it('is answered for a page of 100 accounts', async () => {
    const { data, errors } = await ask(
      'query ($ids: [ID!]!) { nodes(ids: $ids) { ... on User { profile { bio preferences { custom } } } } }',
    );
    expect(errors).toEqual([]);
    expect(data).toEqual({ nodes: ids.map(() => ({ profile: { bio: BIO, preferences: { custom: CUSTOM } } })) });
  });

  it('is answered for a page of administrators that leaves nothing out', async () => {
    const { data, errors } = await ask(FULL_PAGE, admin);
    expect(errors).toEqual([]);
    expect(data).toMatchObject({ users: { totalCount: 2, edges: [{}, { node: { profile: { bio: BIO } } }] } });
  });

  it.each([
    [
      'under several names',
      `nodes(ids: $ids) { ... on User { profile { preferences { ${times(3, (n) => `c${String(n)}: custom`)} } } } }`,
    ],
    [
      'several times over',
      times(2, (n) => `n${String(n)}: nodes(ids: $ids) { ... on User { id profile { preferences { custom } } } }`),
    ],
  ])('is left out where it gets too large: %s', async (_how, selections) => {
    const { status, data, errors } = await ask(`query ($ids: [ID!]!) { ${selections} }`);
    expect(status).toBe(200);
    expect(errors).toEqual([expect.objectContaining(TOO_COMPLEX)]);
    expect(JSON.stringify(data).length).toBeLessThan(2 * 1_024 * 1_024);
  });

  it.each([
    [
      'preferences',
      times(
        7,
        (n) => `n${String(n)}: nodes(ids: $ids) { ... on User { profile { preferences { custom a: custom } } } }`,
      ),
    ],
    ['bios', `nodes(ids: $ids) { ... on User { profile { ${times(40, (n) => `b${String(n)}: bio`)} } } }`],
    ['addresses', `nodes(ids: $ids) { ... on User { profile { ${times(40, (n) => `u${String(n)}: avatarUrl`)} } } }`],
  ])('is refused before anybody is asked, when it is far too much: %s', async (_what, selections) => {
    const { status, data, errors } = await ask(`query ($ids: [ID!]!) { ${selections} }`);
    expect(status).toBe(400);
    expect({ data, errors }).toEqual({ data: null, errors: [expect.objectContaining(TOO_COMPLEX)] });
  });
});
