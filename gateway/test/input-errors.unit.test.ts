import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { textScalar } from '@identity/service-kit/scalars';
import { GraphQLScalarType } from 'graphql';
import { startGateway, type TestGateway } from './support/gateway.js';
import { startSubgraph, type SubgraphServer } from './support/subgraph-server.js';

const SDL = `
  scalar EmailAddress
  scalar Quoting
  enum Theme { LIGHT DARK }
  input Inner { tags: [String!] count: Int theme: Theme }
  input RegisterInput { email: EmailAddress! password: String! age: Int inner: Inner quoting: Quoting }
  type Query { hello(n: Int): String count(from: Int! = 1, to: Int!): Int }
  type Mutation { register(input: RegisterInput!): Boolean, list(of: [[Int!]!]): Boolean }
`;
const CANARY = 'CANARY1234';
const REGISTER = 'mutation R($input: RegisterInput!) { register(input: $input) }';
const VALID = { email: 'ada@example.com', password: 'p' };

/** A scalar as libraries make them: its errors quote the value. */
const quoting = new GraphQLScalarType({
  name: 'Quoting',
  parseValue(value) {
    throw new TypeError(`Value is not valid: ${String(value)} at "input.password"; more`);
  },
});

describe('input that is wrong', () => {
  let subgraph: SubgraphServer;
  let open: TestGateway;
  let closed: TestGateway;

  beforeAll(async () => {
    subgraph = await startSubgraph(SDL, {
      Mutation: { register: () => true, list: () => true },
      EmailAddress: textScalar('EmailAddress'),
      Quoting: quoting,
    });
    const subgraphs = [{ name: 'accounts', sdl: SDL, url: subgraph.url }];
    open = await startGateway(subgraphs);
    closed = await startGateway(subgraphs, { introspection: false });
  });

  afterAll(async () => {
    await open.stop();
    await closed.stop();
    await subgraph.stop();
  });

  /** Sends a request to both gateways and checks that nothing comes back or is logged that was sent. */
  async function refusalOf(request: object) {
    const answer = await open.send(request);
    const terse = await closed.send(request);
    for (const text of [JSON.stringify(answer.body), JSON.stringify(terse.body), ...open.log, ...closed.log])
      expect(text).not.toContain(CANARY);
    expect(JSON.stringify(terse.body)).not.toMatch(
      /RegisterInput|Theme|Inner|EmailAddress|Query|Mutation|Did you mean/,
    );
    return { status: answer.status, error: answer.body.errors?.[0], terse: terse.body.errors?.[0] };
  }

  const quoted = JSON.stringify(CANARY);

  it.each<readonly [string, unknown, string, string]>([
    ['a number for a text', { ...VALID, password: [CANARY] }, 'input.password', 'must be of type "String"'],
    ['a text for a number', { ...VALID, age: CANARY }, 'input.age', 'must be of type "Int"'],
    ['no such enum value', { ...VALID, inner: { theme: CANARY } }, 'input.inner.theme', 'must be of type "Theme"'],
    ['an object for a text', { ...VALID, password: { x: CANARY } }, 'input.password', 'must be of type "String"'],
    ['a text for an object', { ...VALID, inner: CANARY }, 'input.inner', 'must be an object'],
    ['a list for an object', [[CANARY]], 'input', 'must be an object'],
    ['null in a list', { ...VALID, inner: { tags: [CANARY, null] } }, 'input.inner.tags[1]', 'must not be null'],
    [
      'a wrong item of a list',
      { ...VALID, inner: { tags: ['a', [CANARY]] } },
      'input.inner.tags[1]',
      'must be of type "String"',
    ],
    ['a required field that is missing', { email: CANARY }, 'input.password', 'is required'],
    ['a field that is null and may not be', { ...VALID, password: null }, 'input.password', 'must not be null'],
    [
      'an unknown field',
      { ...VALID, pasword: CANARY },
      'input.(unknown)',
      'is not a field of "RegisterInput". Did you mean "password"?',
    ],
    ['a field of another type', { ...VALID, hello: CANARY }, 'input.hello', 'is not a field of "RegisterInput"'],
    [
      'data in place of a field',
      { ...VALID, [`${CANARY} x`]: 1 },
      'input.(unknown)',
      'is not a field of "RegisterInput"',
    ],
    ['null for everything', null, 'input', 'must not be null'],
  ])('in a variable: %s', async (_name, input, field, problem) => {
    const { status, error, terse } = await refusalOf({ query: REGISTER, variables: { input } });
    expect(status).toBe(400);
    expect(error).toEqual({ message: `${field}: ${problem}`, extensions: { code: 'BAD_USER_INPUT', field } });
    expect(terse?.extensions['code']).toBe('BAD_USER_INPUT');
  });

  it.each<readonly [string, string, object, string]>([
    ['a condition', '($s: Boolean = false) { hello @include(if: $s) }', { s: null }, 'if'],
    [
      'a condition in a fragment',
      '($s: Boolean = true) { ...F } fragment F on Query { hello @skip(if: $s) }',
      { s: null },
      'if',
    ],
    ['an argument that must not be null', '($n: Int = 1) { count(to: $n) }', { n: null }, 'to'],
    ['an argument with a default', '($n: Int) { count(from: $n, to: 2) }', { n: null }, 'from'],
    ['the second place of a variable', '($n: Int = 1) { hello(n: $n) count(to: $n) }', { n: null }, 'to'],
  ])('in a variable that may be null: null for %s', async (_name, query, variables, field) => {
    const { status, error, terse } = await refusalOf({ query: `query ${query}`, variables });
    expect({ status, error }).toEqual({
      status: 400,
      error: { message: `${field}: must not be null`, extensions: { code: 'BAD_USER_INPUT', field } },
    });
    expect(terse?.extensions['code']).toBe('BAD_USER_INPUT');
  });

  it.each([
    ['where null may be', { query: 'query ($n: Int = 1) { hello(n: $n) }', variables: { n: null } }],
    [
      'that another operation uses elsewhere',
      {
        query:
          'query A($n: Int = 1) { hello(n: $n) } query B($n: Int = 1) { ...F } fragment F on Query { count(to: $n) }',
        operationName: 'A',
        variables: { n: null },
      },
    ],
  ])('is not null for a variable %s', async (_name, request) => {
    expect(await open.send(request)).toMatchObject({ status: 200, body: { data: { hello: null } } });
  });

  it('in a variable that is missing', async () => {
    expect((await refusalOf({ query: REGISTER })).error).toEqual({
      message: 'input: is required',
      extensions: { code: 'BAD_USER_INPUT', field: 'input' },
    });
  });

  it('in a name that means something between gateway and subgraphs', async () => {
    const { status, error } = await refusalOf({ query: '{ __typename: hello }' });
    expect({ status, code: error?.extensions['code'] }).toEqual({ status: 400, code: 'GRAPHQL_VALIDATION_FAILED' });
    expect((await open.send({ query: '{ __typename: __typename }' })).body).toEqual({ data: { __typename: 'Query' } });
  });

  it('in the name of a variable that the gateway needs for itself', async () => {
    const query = 'query Q($representations: Int) { hello(n: $representations) }';
    const { status, error } = await refusalOf({ query, variables: { representations: 1 } });
    expect(status).toBe(400);
    expect(error?.extensions).toEqual({ code: 'BAD_USER_INPUT', field: 'representations' });
  });

  it('in several places: all are told, the first as the field', async () => {
    const { error } = await refusalOf({
      query: REGISTER,
      variables: { input: { password: 5, age: CANARY, inner: { count: CANARY } } },
    });
    expect(error?.extensions['field']).toBe('input.email');
    for (const field of ['input.email', 'input.password', 'input.age', 'input.inner.count'])
      expect(error?.message).toContain(`${field}: `);
  });

  it('in thousands of places: twenty are told', async () => {
    const { error } = await refusalOf({
      query: 'mutation L($of: [[Int!]!]) { list(of: $of) }',
      variables: { of: [Array.from({ length: 3_000 }, () => CANARY)] },
    });
    expect(error?.message.split('; ')).toHaveLength(20);
    expect(error?.extensions['field']).toBe('of[0][0]');
  });

  it.each<readonly [string, string, string | undefined]>([
    [
      'a number for a text',
      `mutation { register(input: { email: "a", password: 1${'7'.repeat(3)} }) }`,
      'input.password',
    ],
    ['a text for a number', `{ hello(n: ${quoted}) }`, 'n'],
    [
      'no such enum value',
      `mutation { register(input: { email: "a", password: "p", inner: { theme: ${CANARY} } }) }`,
      'input.inner.theme',
    ],
    ['a wrong item of a list', `mutation { list(of: [[1, ${quoted}]]) }`, 'of[0][1]'],
    [
      'an unknown field',
      `mutation { register(input: { email: "a", password: "p", pasword: ${quoted} }) }`,
      'input.(unknown)',
    ],
    ['a required field that is missing', `mutation { register(input: { email: ${quoted} }) }`, 'input.password'],
    ['a required argument that is missing', 'mutation { register }', 'input'],
    ['a wrong default', `query Q($n: Int = ${quoted}) { hello(n: $n) }`, 'n'],
    ['an argument of a directive', `{ hello @skip(if: ${quoted}) }`, 'if'],
  ])('in the document: %s', async (_name, query, field) => {
    const { status, error, terse } = await refusalOf({ query });
    expect(status).toBe(400);
    expect(error?.extensions).toMatchObject({ code: 'GRAPHQL_VALIDATION_FAILED', field });
    expect(error?.message.startsWith(`${String(field)}: `)).toBe(true);
    expect(terse?.extensions['code']).toBe('GRAPHQL_VALIDATION_FAILED');
  });

  it.each<readonly [string, object, string]>([
    ['a variable', { query: REGISTER, variables: { input: { ...VALID, email: [CANARY] } } }, 'input.email'],
    [
      'a variable of a scalar that quotes',
      { query: REGISTER, variables: { input: { ...VALID, quoting: CANARY } } },
      'input.quoting',
    ],
    ['a literal', { query: `mutation { register(input: { password: "p", email: [${quoted}] }) }` }, 'input.email'],
    [
      'a literal of a scalar that quotes',
      { query: `mutation { register(input: { password: "p", email: "a", quoting: ${quoted} }) }` },
      'input.quoting',
    ],
    [
      'a variable alone',
      {
        query: 'mutation R($email: EmailAddress!) { register(input: { password: "p", email: $email }) }',
        variables: { email: { x: CANARY } },
      },
      'input.email',
    ],
  ])('that only the subgraph can judge, in %s', async (_name, request, field) => {
    const { error, terse } = await refusalOf(request);
    const expected = {
      message: `${field}: the value is not accepted`,
      path: ['register'],
      extensions: { code: 'BAD_USER_INPUT', field },
    };
    expect(error).toEqual(expected);
    expect(terse).toEqual(expected);
  });

  it.each([
    `{ hello(n: 1) ${quoted} }`,
    `{ hello(n: ${CANARY.toLowerCase()}"${CANARY}" }`,
    `{ hello """${CANARY} \\n""" }`,
    `{ hello } ${CANARY}`,
  ])('in the syntax: %s', async (query) => {
    const { status, error, terse } = await refusalOf({ query });
    expect(status).toBe(400);
    expect(error).toMatchObject({
      message: expect.stringMatching(/^Syntax Error: /),
      extensions: { code: 'GRAPHQL_PARSE_FAILED' },
    });
    expect(terse?.extensions['code']).toBe('GRAPHQL_PARSE_FAILED');
  });

  it.each<readonly [string, object]>([
    ['an unknown operation', { query: 'query A { hello } query B { hello }', operationName: CANARY }],
    ['no operation named among several', { query: 'query A { hello } query B { hello }' }],
  ])('in the choice of the operation: %s', async (_name, request) => {
    const { status, error } = await refusalOf(request);
    expect(status).toBe(400);
    expect(error?.extensions['code']).toBe('BAD_USER_INPUT');
  });

  it('is told without a word about the schema where introspection is off', async () => {
    for (const query of [
      '{ helo }',
      '{ hello { x } }',
      '{ hello(m: 1) }',
      '{ ... on Quer { hello } }',
      'query Q($n: String) { hello(n: $n) }',
    ]) {
      const { status, body } = await closed.send({ query });
      expect(status).toBe(400);
      expect(body.errors?.every(({ message }) => message === 'The operation does not fit the schema.')).toBe(true);
    }
    expect((await closed.send({ query: '{ __schema { types { name } } }' })).body.errors?.[0]?.message).toBe(
      'Introspection is switched off.',
    );
    expect((await open.send({ query: '{ __schema { queryType { name } } }' })).body).toEqual({
      data: { __schema: { queryType: { name: 'Query' } } },
    });
  });
});
