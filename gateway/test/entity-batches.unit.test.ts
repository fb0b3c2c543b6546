import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { BOTH_WAYS, startGateway, type TestGateway } from './support/gateway.js';
import { startServer, startSubgraph, type SubgraphServer } from './support/subgraph-server.js';

const LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])';
const ACCOUNTS = `${LINK} type Query { users(first: Int!): [User!]! } type User @key(fields: "id") { id: ID! }`;
const PROFILES = `${LINK} type User @key(fields: "id") { id: ID! bio: String }`;

const QUERY = 'query Q($first: Int!) { users(first: $first) { id bio } }';

interface Entity {
  readonly id: string;
}

describe.each(BOTH_WAYS)('entities of one list, $way', ({ compilePlans }) => {
  let accounts: SubgraphServer;
  let profiles: SubgraphServer;
  let gateway: TestGateway;
  /** It asks for three entities at once. */
  let sparing: TestGateway;
  /** How many entities each call has asked for. */
  let calls: number[];
  /** The user whose call fails as a whole, and the one who has no bio but an error. */
  let trouble: { readonly call?: string; readonly entity?: string };

  beforeAll(async () => {
    accounts = await startSubgraph(ACCOUNTS, {
      Query: {
        users: (_parent: unknown, { first }: { first: number }) =>
          Array.from({ length: first }, (_, index) => ({ id: `user_${String(index)}` })),
      },
    });
    profiles = await startServer(({ body }, response) => {
      // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- what the gateway sends is what is tested
      const { variables } = JSON.parse(body) as { readonly variables: { readonly representations: readonly Entity[] } };
      const { representations } = variables;
      calls.push(representations.length);
      if (representations.some(({ id }) => id === trouble.call)) {
        response.destroy();
        return;
      }
      const errors = representations.flatMap(({ id }, index) =>
        id === trouble.entity
          ? [{ message: 'no', path: ['_entities', index, 'bio'], extensions: { code: 'FORBIDDEN' } }]
          : [],
      );
      const entities = representations.map(({ id }) => ({ bio: id === trouble.entity ? null : `bio of ${id}` }));
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ data: { _entities: entities }, ...(errors.length > 0 ? { errors } : {}) }));
    });
    const subgraphs = [
      { name: 'accounts', sdl: ACCOUNTS, url: accounts.url },
      { name: 'profiles', sdl: PROFILES, url: profiles.url },
    ];
    gateway = await startGateway(subgraphs, { compilePlans });
    sparing = await startGateway(subgraphs, { compilePlans, maxEntitiesPerCall: 3 });
  });

  beforeEach(() => {
    calls = [];
    trouble = {};
  });

  afterAll(async () => {
    await gateway.stop();
    await sparing.stop();
    await accounts.stop();
    await profiles.stop();
  });

  async function biosOf(first: number, through = gateway) {
    const { body } = await through.send({ query: QUERY, variables: { first } });
    // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- the test asserts on what it reads
    const { users } = body.data as { readonly users: readonly { readonly id: string; readonly bio: string | null }[] };
    return { users, errors: body.errors };
  }

  it.each([
    [1, [1]],
    [100, [100]],
    [101, [100, 1]],
    [250, [100, 100, 50]],
  ])('are fetched a hundred at a time: %i', async (first, expected) => {
    const { users, errors } = await biosOf(first);
    expect(calls.toSorted((a, b) => b - a)).toEqual(expected);
    expect(users).toHaveLength(first);
    expect(users.every(({ id, bio }) => bio === `bio of ${id}`)).toBe(true);
    expect(errors).toBeUndefined();
  });

  it('are fetched as many at a time as is set, and errors keep their places', async () => {
    trouble = { entity: 'user_7' };
    const { users, errors } = await biosOf(8, sparing);
    expect(calls.toSorted((a, b) => b - a)).toEqual([3, 3, 2]);
    expect(errors).toMatchObject([{ path: ['users', 7, 'bio'] }]);
    expect(users.filter(({ bio }) => bio === null).map(({ id }) => id)).toEqual(['user_7']);
  });

  it('keep the place of an error in a later call', async () => {
    trouble = { entity: 'user_142' };
    const { users, errors } = await biosOf(250);
    expect(errors).toEqual([{ message: 'no', path: ['users', 142, 'bio'], extensions: { code: 'FORBIDDEN' } }]);
    expect(users.filter(({ bio }) => bio === null).map(({ id }) => id)).toEqual(['user_142']);
  });

  it('of a call that fails are missing, and no others', async () => {
    trouble = { call: 'user_142' };
    const { users, errors } = await biosOf(250);
    expect(errors).toMatchObject([
      { path: ['users'], extensions: { code: 'SERVICE_UNAVAILABLE', service: 'profiles' } },
    ]);
    expect(users.map(({ bio }) => bio === null)).toEqual(
      Array.from({ length: 250 }, (_, index) => index >= 100 && index < 200),
    );
  });
});
