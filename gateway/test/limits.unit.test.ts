import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ROOMY_LIMITS, startGateway, type TestGateway } from './support/gateway.js';
import { startSubgraph, type SubgraphServer } from './support/subgraph-server.js';

const SDL = `
  type Query { me: User pick(ids: [ID!], of: Filter, json: JSON): Int }
  type User { id: ID! friend: User name(short: Boolean): String }
  input Filter { tags: [String!] and: Filter }
  scalar JSON
`;

const LIMITS = {
  tokens: 200,
  selections: 40,
  depth: 5,
  aliases: 4,
  rootFields: 6,
  directives: 3,
  introspectionDepth: 6,
  listItems: 5,
};

const times = (count: number, text: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => text(index)).join(' ');
const nested = (levels: number) => `${'friend { '.repeat(levels)} id ${'}'.repeat(levels)}`;
const items = (count: number) => `[${times(count, (index) => `"${String(index)}"`)}]`;

/** Fragments that double `levels` times. */
const bomb = (levels: number, leaf = 'id') =>
  `{ me { ...F0 } } ${times(levels, (level) => `fragment F${String(level)} on User { a: friend { ...F${String(level + 1)} } b: friend { ...F${String(level + 1)} } }`)} fragment F${String(levels)} on User { ${leaf} }`;

const TOO_COMPLEX = 'OPERATION_TOO_COMPLEX';

describe('the limits of an operation', () => {
  let subgraph: SubgraphServer;
  let gateway: TestGateway;
  let production: TestGateway;

  beforeAll(async () => {
    subgraph = await startSubgraph(SDL, { Query: { me: () => ({ id: '1' }), pick: () => 1 } });
    const subgraphs = [{ name: 'people', sdl: SDL, url: subgraph.url }];
    gateway = await startGateway(subgraphs, { limits: { ...ROOMY_LIMITS, ...LIMITS } });
    production = await startGateway(subgraphs, { limits: { ...ROOMY_LIMITS, ...LIMITS }, introspection: false });
  });

  afterAll(async () => {
    await gateway.stop();
    await production.stop();
    await subgraph.stop();
  });

  async function outcomeOf(request: object) {
    const callsBefore = subgraph.requests.length;
    const { status, body } = await gateway.send(request);
    const terse = await production.send(request);
    for (const { message } of terse.body.errors ?? [])
      expect(message).not.toMatch(/\b(?:User|Query|friend|Filter|Did you mean)\b/);
    const codes = body.errors?.map(({ extensions }) => extensions['code']) ?? [];
    if (codes.length > 0) expect(subgraph.requests).toHaveLength(callsBefore);
    return { status, codes };
  }

  const refused = (code: string) => ({ status: 400, codes: [code] });
  const accepted = { status: 200, codes: [] };

  it.each<readonly [string, string, string, string?]>([
    ['tokens', `{ me { id } } # ${'x '.repeat(500)}`, `{ ${'me '.repeat(200)} }`, 'GRAPHQL_PARSE_FAILED'],
    ['lines', `${'\n'.repeat(399)}{ me { id } }`, `${'\n'.repeat(400)}{ me { id } }`],
    ['lines of other systems', `${'\r\n'.repeat(399)}{ me { id } }`, `${'\r'.repeat(400)}{ me { id } }`],
    ['fields', `{ me { ${'id '.repeat(39)} } }`, `{ me { ${'id '.repeat(40)} } }`],
    [
      'fields of fragments',
      `{ me { ${'...F '.repeat(13)} } } fragment F on User { id id }`,
      `{ me { ${'...F '.repeat(14)} } } fragment F on User { id id }`,
    ],
    ['levels', `{ me { ${nested(3)} } }`, `{ me { ${nested(4)} } }`],
    [
      'levels of fragments',
      `{ me { ...F } } fragment F on User { ... { ... on User { ${nested(3)} } } }`,
      `{ me { ...F } } fragment F on User { ... { ... on User { ${nested(4)} } } }`,
    ],
    [
      'aliases',
      `{ me { ${times(4, (n) => `a${String(n)}: id`)} } }`,
      `{ me { ${times(5, (n) => `a${String(n)}: __typename`)} } }`,
    ],
    ['root fields', `{ ${times(6, () => '__typename')} }`, `{ ${times(7, () => '__typename')} }`],
    [
      'root fields of fragments',
      '{ ...A ...A } fragment A on Query { ... { me { id } me { id } __typename } }',
      '{ ...A ...A __typename } fragment A on Query { ... { me { id } me { id } __typename } }',
    ],
    [
      'directives',
      '{ ...A @skip(if: false) me { ... @skip(if: false) { id @include(if: true) } } } fragment A on Query { __typename }',
      '{ ...A @skip(if: false) ...A @skip(if: false) } fragment A on Query { me { id @skip(if: false) } }',
    ],
    ['items of a list', `{ pick(ids: ${items(5)}) }`, `{ pick(ids: ${items(6)}) }`],
    [
      'items of a list in an object',
      `{ pick(of: { and: { tags: ${items(5)} } }) }`,
      `{ pick(of: { and: { tags: ${items(6)} } }) }`,
    ],
  ])('bound its %s', async (_what, most, more, code = TOO_COMPLEX) => {
    expect(await outcomeOf({ query: most })).toEqual(accepted);
    expect(await outcomeOf({ query: more })).toEqual(refused(code));
  });

  it('hold for fragments that nobody uses, also those of one name', async () => {
    const half = times(25, () => 'id');
    for (const fragments of [
      `fragment F on User { ${half} ${half} }`,
      `fragment F on User { ${half} } fragment G on User { ${half} }`,
      `fragment F on User { id } fragment F on User { ${half} ${half} }`,
    ])
      expect(await outcomeOf({ query: `{ me { id } } ${fragments}` })).toEqual(refused(TOO_COMPLEX));
  });

  it('bound the levels of introspection, and list the schema once', async () => {
    const introspection = async (query: string) => {
      const { status, body } = await gateway.send({ query });
      return { status, codes: body.errors?.map(({ extensions }) => extensions['code']) ?? [] };
    };
    const levels = (count: number) =>
      `{ __schema { types { ${'ofType { '.repeat(count)} name ${'}'.repeat(count)} } } }`;
    expect(await introspection(levels(3))).toEqual(accepted);
    expect(await introspection(levels(4))).toEqual(refused(TOO_COMPLEX));
    expect(await introspection('{ a: __type(name: "User") { name } b: __type(name: "ID") { name } }')).toEqual(
      accepted,
    );
    expect(await introspection('{ __schema { a: types { name } b: types { name } } }')).toEqual(refused(TOO_COMPLEX));
    expect(await introspection('{ a: __schema { types { name } } b: __schema { types { name } } }')).toEqual(
      refused(TOO_COMPLEX),
    );
  });

  it('answer everything that the schema tells of itself', async () => {
    const { status, body } = await gateway.send({
      query: '{ type: __type(name: "Filter") { name isOneOf } __typename }',
    });
    expect({ status, body }).toEqual({
      status: 200,
      body: { data: { type: { name: 'Filter', isOneOf: false }, __typename: 'Query' } },
    });
  });

  it('answer it beside everything else, in the order in which it is asked', async () => {
    const { status, body } = await gateway.send({
      query: `query Q($yes: Boolean!, $no: Boolean!) { ...Both type: __type(name: "Filter") { isOneOf }
          gone: __type(name: "User") @include(if: $no) { name } }
        fragment Both on Query { type: __type(name: "Filter") @include(if: $yes) { name } me { id } }`,
      variables: { yes: true, no: false },
    });
    expect({ status, errors: body.errors }).toEqual({ status: 200, errors: undefined });
    expect(Object.keys(body.data ?? {})).toEqual(['type', 'me']);
    expect(body.data).toMatchObject({ type: { name: 'Filter', isOneOf: false }, me: { id: expect.any(String) } });
  });

  it('bound lists in variables by their types', async () => {
    const query = 'query Q($ids: [ID!], $of: Filter, $json: JSON) { pick(ids: $ids, of: $of, json: $json) }';
    const list = (count: number) => Array.from({ length: count }, String);
    expect(await outcomeOf({ query, variables: { ids: list(5), of: { tags: list(5) }, json: list(60) } })).toEqual(
      accepted,
    );
    expect(await outcomeOf({ query, variables: { ids: list(6) } })).toEqual(refused(TOO_COMPLEX));
    expect(await outcomeOf({ query, variables: { of: { and: { tags: list(6) } } } })).toEqual(refused(TOO_COMPLEX));
    expect(await outcomeOf({ query: '{ pick(json: [1, 2, 3, 4, 5, 6]) }' })).toEqual(accepted);
  });

  it('count every operation of a document, also those that are not asked for', async () => {
    const query = `query A { me { id } } query B { me { ${nested(4)} } }`;
    expect(await outcomeOf({ query, operationName: 'A' })).toEqual(refused(TOO_COMPLEX));
  });

  it.each<readonly [string, string, string]>([
    ['a fragment that doubles 22 times', bomb(22), TOO_COMPLEX],
    [
      'a fragment that contains itself',
      '{ me { ...F } } fragment F on User { ...F friend { ...F } }',
      'GRAPHQL_VALIDATION_FAILED',
    ],
    [
      'fragments that contain each other',
      '{ me { ...F } } fragment F on User { ...G } fragment G on User { ...F }',
      'GRAPHQL_VALIDATION_FAILED',
    ],
    ['fragments that do not exist', `{ me { ${times(41, () => '...X')} } }`, TOO_COMPLEX],
  ])('hold for %s', async (_what, query, code) => {
    const roomy = await startGateway([{ name: 'people', sdl: SDL, url: subgraph.url }], {
      limits: { ...ROOMY_LIMITS, selections: 40 },
    });
    const { status, body } = await roomy.send({ query });
    await roomy.stop();
    expect({ status, code: body.errors?.[0]?.extensions['code'] }).toEqual({ status: 400, code });
  });

  it('hold for a persisted query, too', async () => {
    const query = `{ me { ${nested(4)} } }`;
    const digest = Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(query))).toString('hex');
    const extensions = { persistedQuery: { version: 1, sha256Hash: digest } };
    expect(await outcomeOf({ query, extensions })).toEqual(refused(TOO_COMPLEX));
    expect((await outcomeOf({ extensions })).codes).toEqual(['PERSISTED_QUERY_NOT_FOUND']);
  });
});
