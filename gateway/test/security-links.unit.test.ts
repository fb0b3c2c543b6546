import { ConfigurationError } from '@identity/service-kit/environment';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startGateway } from './support/gateway.js';
import { startSubgraph, type SubgraphServer } from './support/subgraph-server.js';

const link = (imports: string) =>
  `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [${imports}])`;

const OPEN = 'type Query { open: String gated: String admins: String }';
const ANSWERS = { open: 'open', gated: 'gated', admins: 'admins' };

describe('a supergraph that links features for security', () => {
  let server: SubgraphServer;

  beforeAll(async () => {
    server = await startSubgraph(OPEN, {
      Query: Object.fromEntries(Object.entries(ANSWERS).map(([name, value]) => [name, () => value])),
    });
  });

  afterAll(async () => {
    await server.stop();
  });

  const composed = (sdl: string) => [{ name: 'only', sdl, url: server.url }];

  it.each([
    [
      'their own names',
      `${link('"@authenticated", "@requiresScopes"')} type Query {
         open: String
         gated: String @authenticated
         admins: String @requiresScopes(scopes: [["role:admin"]])
       }`,
    ],
    [
      'other names',
      `${link('{ name: "@authenticated", as: "@signedIn" }, { name: "@requiresScopes", as: "@having" }')} type Query {
         open: String
         gated: String @signedIn
         admins: String @having(scopes: [["role:admin"]])
       }`,
    ],
    [
      'names with a prefix',
      `${link('')} type Query {
         open: String
         gated: String @federation__authenticated
         admins: String @federation__requiresScopes(scopes: [["role:admin"]])
       }`,
    ],
  ])('is kept, with directives under %s', async (_names, sdl) => {
    const gateway = await startGateway(composed(sdl));
    const { body } = await gateway.send({ query: '{ open gated admins }' });
    expect(body.data).toEqual({ open: 'open', gated: null, admins: null });
    expect(body.errors?.map(({ extensions }) => extensions)).toEqual([
      { code: 'UNAUTHENTICATED', reason: 'TOKEN_MISSING' },
      { code: 'UNAUTHENTICATED', reason: 'TOKEN_MISSING' },
    ]);
    await gateway.stop();
  });

  it('is refused when this gateway does not enforce one of them', async () => {
    const sdl = `${link('"@policy"')} type Query { gated: String @policy(policies: [["vip"]]) }`;
    const start = startGateway(composed(sdl));
    await expect(start).rejects.toBeInstanceOf(ConfigurationError);
    await expect(start).rejects.toThrow(/SUPERGRAPH_PATH: .*policy/s);
  });
});
