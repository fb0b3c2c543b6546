import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { GraphQLError } from 'graphql';
import { BOTH_WAYS, startGateway, type TestGateway } from './support/gateway.js';
import { startSubgraph, type SubgraphServer } from './support/subgraph-server.js';

const LINK =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", "@external", "@requires"])';
const AUTH_SDL = `${LINK}
  interface Node { id: ID! }
  type User implements Node @key(fields: "id") { id: ID! username: String! friends: [[User]] }
  type Session implements Node { id: ID! note: String }
  type Query { me: User users: [User] nodes: [Node] refused(reason: String): String absent: String! }
`;
const USERS_SDL = `${LINK}
  type User @key(fields: "id") { id: ID! profile: Profile nickname: String score: Int }
  type Profile { bio: String! preferences: String secret: String }
`;
const GAMES_SDL = `${LINK}
  type Query { leaders: [User] }
  type User @key(fields: "id") { id: ID! score: Int @external rank: String @requires(fields: "score") }
`;

const user = (n: number) => ({
  __typename: 'User',
  id: `user_${String(n)}`,
  username: `u${String(n)}`,
  friends: [[null, { __typename: 'User', id: 'user_3' }]],
});
const session = { __typename: 'Session', id: 'session_1', note: 'n' };
const forbidden = () => new GraphQLError('You may not see or do this.', { extensions: { code: 'FORBIDDEN' } });

/** Everything that belongs to the user 3 is denied. */
function denyThird({ id }: { id: string }) {
  if (id === 'user_3') throw forbidden();
  return 'granted';
}

describe.each(BOTH_WAYS)('the place of an error, $way', ({ compilePlans }) => {
  let servers: readonly SubgraphServer[];
  let gateway: TestGateway;
  let withoutUsers: TestGateway;

  beforeAll(async () => {
    const auth = await startSubgraph(AUTH_SDL, {
      Query: {
        me: () => user(3),
        users: () => [null, user(1), user(3)],
        nodes: () => [session, user(1), null, session, user(3), user(2)],
        refused: () => {
          throw new GraphQLError('no', {
            extensions: { code: 'UNAUTHENTICATED', reason: 'TOKEN_EXPIRED', internal: 'CANARY' },
          });
        },
        absent: () => {
          throw forbidden();
        },
      },
    });
    const users = await startSubgraph(USERS_SDL, {
      User: {
        __resolveReference: ({ id }: { id: string }) => ({ id }),
        profile: ({ id }: { id: string }) => ({ id, bio: 'b' }),
        nickname: denyThird,
        score: (reference: { id: string }) => denyThird(reference).length,
      },
      Profile: { preferences: denyThird, secret: denyThird },
    });
    const games = await startSubgraph(GAMES_SDL, {
      Query: { leaders: () => [user(1), user(3)] },
      User: { __resolveReference: (reference: object) => reference, rank: () => 'gold' },
    });
    servers = [auth, users, games];
    const composed = [
      { name: 'auth', sdl: AUTH_SDL, url: auth.url },
      { name: 'users', sdl: USERS_SDL, url: users.url },
      { name: 'games', sdl: GAMES_SDL, url: games.url },
    ];
    gateway = await startGateway(composed, { compilePlans });
    withoutUsers = await startGateway(composed, {
      subgraphUrls: { users: 'http://127.0.0.1:9/graphql' },
      compilePlans,
    });
  });

  afterAll(async () => {
    await gateway.stop();
    await withoutUsers.stop();
    for (const server of servers) await server.stop();
  });

  it.each<readonly [string, string, readonly (readonly (string | number)[])[]]>([
    ['at a root field', '{ refused }', [['refused']]],
    ['at aliased root fields', '{ a: refused b: refused(reason: "x") }', [['a'], ['b']]],
    ['of an entity', '{ me { profile { preferences } } }', [['me', 'profile', 'preferences']]],
    ['of an aliased entity', '{ i: me { p: profile { q: preferences } } }', [['i', 'p', 'q']]],
    ['in a list with gaps', '{ users { profile { preferences } } }', [['users', 2, 'profile', 'preferences']]],
    [
      'in an aliased list',
      '{ all: users { p: profile { q: preferences secret } } }',
      [
        ['all', 2, 'p', 'q'],
        ['all', 2, 'p', 'secret'],
      ],
    ],
    ['in a list of several types', '{ nodes { id ... on User { nickname } } }', [['nodes', 4, 'nickname']]],
    [
      'in a list of several types, of which only some are asked for',
      '{ nodes { __typename ...U } } fragment U on User { n: nickname profile { preferences } }',
      [
        ['nodes', 4, 'n'],
        ['nodes', 4, 'profile', 'preferences'],
      ],
    ],
    ['in a list of lists', '{ me { friends { nickname } } }', [['me', 'friends', 0, 1, 'nickname']]],
    [
      'of two fetches of one field',
      '{ me { nickname } other: me { nickname } }',
      [
        ['me', 'nickname'],
        ['other', 'nickname'],
      ],
    ],
    [
      'below root fields of two subgraphs',
      '{ nodes { ... on User { nickname } } leaders { nickname } }',
      [
        ['nodes', 4, 'nickname'],
        ['leaders', 1, 'nickname'],
      ],
    ],
    ['at a field that only the plan has asked for', '{ users { rank } }', [['users', 2]]],
  ])('%s', async (_name, query, paths) => {
    const { status, body } = await gateway.send({ query });
    expect(status).toBe(200);
    expect(body.errors?.map(({ path }) => path).sort()).toEqual([...paths].sort());
  });

  it('of a field that may not be null is kept while the null moves up', async () => {
    const { body } = await gateway.send({ query: '{ absent }' });
    expect(body).toEqual({
      data: null,
      errors: [{ message: 'You may not see or do this.', path: ['absent'], extensions: { code: 'FORBIDDEN' } }],
    });
  });

  it('comes with code, message and public details only', async () => {
    const { body } = await gateway.send({ query: '{ refused }' });
    expect(body.errors).toEqual([
      { message: 'no', path: ['refused'], extensions: { code: 'UNAUTHENTICATED', reason: 'TOKEN_EXPIRED' } },
    ]);
  });

  it.each<readonly [string, string, readonly (string | number)[]]>([
    ['the one field that is missing', '{ me { username p: profile { bio } } }', ['me', 'p']],
    ['what holds all the fields that are missing', '{ me { username nickname profile { bio } } }', ['me']],
    ['what holds all the entities that are missing', '{ users { username profile { bio } } }', ['users']],
    ['the one entity of a list', '{ me { friends { nickname } } }', ['me', 'friends', 0, 1, 'nickname']],
  ])('of a whole fetch is %s', async (_name, query, path) => {
    const { body } = await withoutUsers.send({ query });
    expect(body.errors).toEqual([
      expect.objectContaining({ path, extensions: { code: 'SERVICE_UNAVAILABLE', service: 'users' } }),
    ]);
  });
});
