import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { getOperationAST, parse } from 'graphql';
import { createCostEstimate } from '../src/policy/operation-cost.js';
import { compose, ROOMY_LIMITS, startGateway, type TestGateway } from './support/gateway.js';
import { startSubgraph, type SubgraphServer } from './support/subgraph-server.js';

const LINK =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", IMPORTS])';

const TYPES = `
  type Query {
    me: User
    users(first: Int = 20, last: Int): UserConnection
      @listSize(slicingArguments: ["first", "last"], sizedFields: ["edges", "nodes"], requireOneSlicingArgument: false)
    nodes(ids: [ID!]): [Node!]! @listSize(assumedSize: 30)
    latest(count: Int): [User!]! @listSize(slicingArguments: ["count"], assumedSize: 7)
    search(filter: Filter @cost(weight: 3)): Int @cost(weight: 5)
    report: Report
    reports: [Report]
    digest: Digest
  }
  type Mutation { save(filter: Filter): Payload rename(name: String): User }
  type Payload { user: User problems: [Problem!]! }
  type Problem { message: String }
  interface Node { id: ID! }
  type User implements Node { id: ID! name: String friend: User tags: [String!] groups: [Group!] }
  type Group { id: ID! members: [User!] }
  type UserConnection { edges: [UserEdge!]! nodes: [User!]! totalCount: Int @cost(weight: 8) other: [User!] }
  type UserEdge { node: User! }
  type Report @cost(weight: 6) { text: String }
  scalar Digest @cost(weight: 4)
  input Filter { words: [Word!] deep: Filter plain: Int }
  input Word { text: String @cost(weight: 2) }
`;

function estimateFor(sdl: string) {
  const estimate = createCostEstimate(compose([{ name: 'people', sdl, url: 'http://localhost' }]));
  return (query: string, variables: Readonly<Record<string, unknown>> = {}) => {
    const document = parse(query);
    const operation = getOperationAST(document);
    if (!operation) throw new Error('one operation, please');
    return estimate(document, operation, variables);
  };
}

const SDL = `${LINK.replace('IMPORTS', '"@cost", "@listSize"')} ${TYPES}`;

const costOf = estimateFor(SDL);

describe('the cost of an operation', () => {
  it.each<readonly [string, string, number]>([
    ['a scalar', '{ me { id name __typename } }', 1],
    ['an object', '{ me { friend { friend { id } } } }', 3],
    ['the same object under another name', '{ a: me { id } b: me { id } }', 2],
    ['a list of scalars', '{ me { tags } }', 1],
    ['a list of unknown length', '{ me { groups { id } } }', 1 + 10],
    ['a list in a list', '{ me { groups { members { id } } } }', 1 + 10 * (1 + 10)],
    ['a list with an assumed length', '{ nodes { id } }', 30],
    ['a list of what has these ids', '{ nodes(ids: ["a", "b", "c"]) { id } }', 3],
    [
      'a list of what has more ids than are taken',
      `{ nodes(ids: [${Array.from({ length: 90 }, () => '"a"').join()}]) { id } }`,
      30,
    ],
    ['a list with a length by argument', '{ latest(count: 50) { friend { id } } }', 50 * 2],
    ['a list with neither', '{ latest { id } }', 7],
    ['a list of none', '{ latest(count: 0) { id } }', 0],
    ['a list of fewer than none', '{ latest(count: -50) { id } me { id } }', 1],
    ['a connection', '{ users(first: 50) { nodes { friend { id } } } }', 1 + 50 * 2],
    ['a connection by its edges', '{ users(first: 50) { edges { node { id } } } }', 1 + 50 * 2],
    ['both ways at once', '{ users(last: 50) { edges { node { id } } nodes { id } } }', 1 + 50 * 3],
    ['a connection of the default length', '{ users { nodes { id } } }', 1 + 20],
    ['the larger of two lengths', '{ users(first: 3, last: 40) { nodes { id } } }', 1 + 40],
    ['a list beside those of the connection', '{ users(first: 50) { other { id } } }', 1 + 10],
    ['a weight of a field', '{ users { totalCount } }', 1 + 8],
    ['a weight of an object', '{ report { text } }', 6],
    ['a weight in a list', '{ reports { text } }', 60],
    ['a weight of a scalar', '{ digest }', 4],
    ['a weight of an argument', '{ search(filter: { plain: 1 }) }', 5 + 3],
    ['a weight of an argument that is not given', '{ search }', 5],
    [
      'weights of input fields',
      '{ search(filter: { words: [{ text: "a" }, { text: "b" }], deep: { words: { text: "c" } } }) }',
      5 + 3 + 6,
    ],
    ['a mutation', 'mutation { rename { id } }', 10 + 1],
    ['a mutation with a list', 'mutation { save { user { id } problems { message } } }', 10 + 1 + 1 + 10],
    ['an interface', '{ nodes { ... on User { friend { id } } } }', 30 * 2],
    ['introspection', '{ __schema { types { name } } __type(name: "User") { name } }', 0],
  ])('counts %s', (_what, query, cost) => {
    expect(costOf(query)).toBe(cost);
  });

  it('counts fragments wherever they are spread, and lists inside of them by what is around them', () => {
    const fragment =
      'fragment F on UserConnection { ... { nodes { id } } ...G } fragment G on UserConnection { edges { node { id } } }';
    expect(costOf(`{ a: users(first: 5) { ...F } b: users(first: 40) { ...F } } ${fragment}`)).toBe(2 + 5 * 3 + 40 * 3);
  });

  it('counts fragments that double thirty times without writing them out', () => {
    const levels = Array.from(
      { length: 30 },
      (_, level) =>
        `fragment F${String(level)} on User { a: friend { ...F${String(level + 1)} } b: friend { ...F${String(level + 1)} } }`,
    );
    expect(costOf(`{ me { ...F0 } } ${levels.join(' ')} fragment F30 on User { id }`)).toBe(2 ** 31 - 1);
  });

  it.each<readonly [string, Readonly<Record<string, unknown>>, number]>([
    ['a variable', { n: 60 }, 61],
    ['the default of a variable', {}, 34],
    ['null', { n: null }, 11],
    ['what is no number', { n: 'many' }, 11],
  ])('takes lengths from %s', (_what, variables, cost) => {
    const query = 'query Q($n: Int = 33) { users(first: $n, last: null) { nodes { id } } }';
    expect(estimateFor(SDL.replace('first: Int = 20', 'first: Int'))(query, variables)).toBe(cost);
  });

  it('takes weights from variables', () => {
    const query = 'query Q($filter: Filter) { search(filter: $filter) }';
    expect(costOf(query, { filter: { words: [{ text: 'a' }, { text: 'b' }, {}] } })).toBe(5 + 3 + 4);
    expect(costOf(query, { filter: 'nonsense' })).toBe(5 + 3);
    expect(costOf(query)).toBe(5);
  });

  it.each([
    ['{ name: "@cost", as: "@price" }, { name: "@listSize", as: "@length" }', '@price', '@length'],
    ['', '@federation__cost', '@federation__listSize'],
  ])('knows the directives by the names under which they are imported: %s', (imports, cost, listSize) => {
    const sdl = `${LINK.replace('IMPORTS', imports)} ${TYPES.replaceAll('@cost', cost).replaceAll('@listSize', listSize)}`;
    expect(estimateFor(sdl)('{ users(first: 50) { totalCount nodes { id } } }')).toBe(1 + 8 + 50);
  });

  it('needs no directives', () => {
    const sdl = TYPES.replaceAll(/@(?:cost|listSize)\([^)]*\)/g, '');
    expect(estimateFor(sdl)('{ users { totalCount nodes { id } } }')).toBe(1 + 10);
  });
});

describe('the limit of the cost', () => {
  let subgraph: SubgraphServer;
  let gateway: TestGateway;

  beforeAll(async () => {
    subgraph = await startSubgraph(SDL, { Query: { users: () => ({ nodes: [] }) } });
    gateway = await startGateway([{ name: 'people', sdl: SDL, url: subgraph.url }], {
      limits: { ...ROOMY_LIMITS, cost: 41 },
    });
  });

  afterAll(async () => {
    await gateway.stop();
    await subgraph.stop();
  });

  it('is kept by the gateway', async () => {
    const query = 'query Q($n: Int) { users(first: $n) { nodes { id } } }';
    const outcome = async (n: number) => {
      const { status, body } = await gateway.send({ query, variables: { n } });
      return { status, codes: body.errors?.map(({ extensions }) => extensions['code']) };
    };
    expect(await outcome(40)).toEqual({ status: 200, codes: undefined });
    const calls = subgraph.requests.length;
    expect(await outcome(41)).toEqual({ status: 400, codes: ['OPERATION_TOO_COMPLEX'] });
    expect(await outcome(1e9)).toEqual({ status: 400, codes: ['OPERATION_TOO_COMPLEX'] });
    expect(subgraph.requests).toHaveLength(calls);
  });
});
