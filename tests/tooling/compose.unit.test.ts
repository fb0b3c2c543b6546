import { describe, expect, test } from '@jest/globals';
import { composeSupergraph, type SubgraphSource } from '../../scripts/compose-supergraph.js';
import { parseSupergraphConfig } from '../../scripts/supergraph-config.js';

const CONFIG = `
federation_version: =2.14.4
subgraphs:
  auth:
    routing_url: \${env.AUTH_URL:-http://localhost:4001/graphql}
    schema:
      file: ./auth.graphql
`;

describe('parseSupergraphConfig', () => {
  test('resolves references to the environment', () => {
    const subgraph = { name: 'auth', schemaFile: './auth.graphql' };

    expect(parseSupergraphConfig(CONFIG, {})).toEqual({
      federationVersion: '=2.14.4',
      subgraphs: [{ ...subgraph, routingUrl: 'http://localhost:4001/graphql' }],
    });
    expect(parseSupergraphConfig(CONFIG, { AUTH_URL: 'https://auth.test' }).subgraphs).toEqual([
      { ...subgraph, routingUrl: 'https://auth.test' },
    ]);
  });

  test.each([
    ['broken YAML', /.*/s, 'subgraphs: [', /^supergraph\.yaml:\d+:\d+: /],
    ['no version', 'federation_version: =2.14.4', '', /federation_version is missing/],
    ['no subgraph', /\n {2}auth:.*/s, ' {}', /subgraphs is empty/],
    ['a list of subgraphs', /\n {2}auth:.*/s, ' [auth]', /subgraphs must be a mapping/],
    ['no address', /routing_url.*/, '', /subgraphs\.auth\.routing_url must be a string/],
    ['an address of another kind', /routing_url.*/, 'routing_url: ftp://x', /must be an http or https URL, not "ftp:/],
    ['a variable that is not set', ':-http://localhost:4001/graphql', '', /needs the environment variable AUTH_URL/],
    ['a reference of another kind', 'env.AUTH_URL', 'file.AUTH_URL', /cannot interpolate \$\{file\.AUTH_URL/],
    [
      'a schema from a running service',
      'file: ./auth.graphql',
      'subgraph_url: http://x',
      /schema\.subgraph_url is not/,
    ],
    ['an unknown key', 'routing_url', 'routingUrl', /subgraphs\.auth\.routingUrl is not supported/],
  ])('refuses %s', (_what, replace, by, message) => {
    const text = CONFIG.replace(replace, by);

    expect(text).not.toBe(CONFIG);
    expect(() => parseSupergraphConfig(text, {})).toThrow(message);
  });
});

describe('composeSupergraph', () => {
  const auth = subgraph(
    'auth',
    `
    "What can be read."
    type Query { user: User, old: Int @deprecated(reason: "use user") }
    "A person."
    type User @key(fields: "id") { id: ID!, secret: Int @inaccessible, born: Date }
    scalar Date @specifiedBy(url: "https://example.com/date")
    `,
  );
  const users = subgraph('users', 'type User @key(fields: "id") { id: ID!, "A picture." avatar: String }');

  test('gives clients the merged types, and nothing of federation', () => {
    expect(composeSupergraph([auth, users]).apiSdl).toBe(
      [
        'scalar Date @specifiedBy(url: "https://example.com/date")',
        '',
        '"""What can be read."""',
        'type Query {',
        '  old: Int @deprecated(reason: "use user")',
        '  user: User',
        '}',
        '',
        '"""A person."""',
        'type User {',
        '  """A picture."""',
        '  avatar: String',
        '  born: Date',
        '  id: ID!',
        '}',
        '',
      ].join('\n'),
    );
  });

  test('does not depend on the order of the subgraphs', () => {
    const { supergraphSdl, apiSdl } = composeSupergraph([auth, users]);

    expect(composeSupergraph([users, auth])).toMatchObject({ supergraphSdl, apiSdl });
    expect(supergraphSdl).toContain('@join__graph(name: "users", url: "http://users.test/graphql")');
  });

  test('passes on what composition remarks', () => {
    const other = { ...users, sdl: users.sdl.replace('type User', '"Somebody." type User') };

    expect(composeSupergraph([auth, other]).hints).toEqual([expect.stringContaining('INCONSISTENT_DESCRIPTION')]);
  });

  test.each([
    [
      'a syntax error',
      'type User {',
      /^Subgraph "users" cannot be read:\n.*Syntax Error.*\n {4}at users\.graphql:\d+:\d+$/,
    ],
    ['an unknown type', 'type User @key(fields: "id") { id: ID!, avatar: Imag }', /\[users\] Unknown type.*Imag/],
    ['a field two subgraphs own', 'type User @key(fields: "id") { id: ID!, born: String }', /User\.born/],
  ])('names subgraph and place of %s', (_what, sdl, message) => {
    expect(() => composeSupergraph([auth, subgraph('users', sdl)])).toThrow(message);
  });
});

function subgraph(name: string, types: string): SubgraphSource {
  const link =
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@inaccessible"])';
  return { name, routingUrl: `http://${name}.test/graphql`, schemaFile: `${name}.graphql`, sdl: `${link}\n${types}` };
}
