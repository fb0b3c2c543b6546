import { createLogger } from '@identity/service-kit/logger';
import type { SubgraphRequest } from '@identity/service-kit/subgraph-request';
import { createSubgraphServer } from '@identity/service-kit/subgraph-server';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildSchema, parse, specifiedRules, validate } from 'graphql';

const CANARY = 'canary_5b2e';
const SECRET = 'U7q3TnQ2yLpHs8Jc4GfWuEo6RaIxDt1B';

const schema = buildSchema(`
  interface Node { id: ID! }
  type Person implements Node { id: ID! name(short: Boolean): String friends(first: Int): [Person] }
  type Thing implements Node { id: ID! size: Int }
  enum Colour { RED }
  input Wish { colour: Colour text: String! size: Int }
  input Choice @oneOf { a: Int b: Int }
  type Query { person(id: ID!): Person node(id: ID): Node wish(wish: Wish): Boolean choice(choice: Choice): Boolean }
  type Mutation { change(text: String): Boolean }
  type Subscription { news: String }
  directive @twice(text: String) repeatable on FIELD
`);

/** Operations that are wrong by a name or a value that a client has made up; one for each rule of validation at least. */
const WRONG = [
  `{ ${CANARY} }`,
  `{ person(id: 1) { ${CANARY} } }`,
  `{ person(id: 1) { name { ${CANARY} } } }`,
  `{ ${CANARY}: person(id: 1) }`,
  `{ person(id: 1, ${CANARY}: "${CANARY}") { id } }`,
  `{ ${CANARY}: person { id } }`,
  `{ person(id: 1) { id @${CANARY}(if: true) } }`,
  `{ person(id: 1) { id @include(${CANARY}: true) } }`,
  `{ person(id: 1) { id @include(if: "${CANARY}") } }`,
  `{ person(id: 1) { id @skip(if: true) @skip(if: false) @${CANARY} } }`,
  `query ${CANARY} @include(if: true) { node { id } }`,
  `{ person(id: 1) { ...${CANARY} } }`,
  `{ node { ... on ${CANARY} { id } } }`,
  `{ node { ... on Colour { id } } }`,
  `{ person(id: 1) { ... on Thing { ${CANARY}: id } } }`,
  `fragment ${CANARY} on ${CANARY}Type { id } { node { id } }`,
  `fragment ${CANARY} on Colour { id } { node { ...${CANARY} } }`,
  `fragment ${CANARY} on Person { ...${CANARY} } { person(id: 1) { ...${CANARY} } }`,
  `fragment ${CANARY} on Thing { id } { person(id: 1) { ...${CANARY} } }`,
  `fragment ${CANARY} on Node { id } fragment ${CANARY} on Node { id } { node { ...${CANARY} } }`,
  `fragment ${CANARY} on Node { id } { node { id } }`,
  `query ${CANARY} { node { id } } query ${CANARY} { node { id } }`,
  `query ${CANARY} { node { id } } { node { id } }`,
  `query ${CANARY}($${CANARY}: Int) { node { id } }`,
  `query ${CANARY} { person(id: $${CANARY}) { id } }`,
  `query ($${CANARY}: ID, $${CANARY}: ID) { node(id: $${CANARY}) { id } }`,
  `query ($${CANARY}: ${CANARY}Type) { node(id: $${CANARY}) { id } }`,
  `query ($${CANARY}: Person) { node(id: $${CANARY}) { id } }`,
  `query ($${CANARY}: Int) { node(id: $${CANARY}) { id } }`,
  `query ($${CANARY}: Int = "${CANARY}") { person(id: 1) { friends(first: $${CANARY}) { id } } }`,
  `{ person(id: 1, id: "${CANARY}") { id } }`,
  `{ wish(wish: { text: "a", text: "${CANARY}" }) }`,
  `{ wish(wish: { text: "a", ${CANARY}: "${CANARY}" }) }`,
  `{ wish(wish: { colour: ${CANARY} }) }`,
  `{ wish(wish: { text: ${CANARY}, size: "${CANARY}" }) }`,
  `{ wish(wish: "${CANARY}") }`,
  `{ choice(choice: { a: 1, ${CANARY}: 2 }) choice(choice: { a: 1, b: 2 }) }`,
  `{ ${CANARY}: person(id: 1) { id } ${CANARY}: person(id: 2) { id } }`,
  `{ person(id: 1) { ${CANARY}: id ${CANARY}: name } }`,
  `{ a: person(id: 1) { ${CANARY}: id } a: person(id: 1) { ${CANARY}: friends { id } } }`,
  `type ${CANARY} { id: ID } { node { id } }`,
  `{ node { id ... on Node @defer(label: "${CANARY}") { id } } }`,
  `subscription ${CANARY} { ${CANARY}: news other: news }`,
  `{ ${CANARY}: __schema { types { ${'fields { type { '.repeat(4)} name ${'} }'.repeat(4)} } } }`,
];

const UNREADABLE = [
  `{ node ${CANARY}`,
  `${CANARY} { node { id } }`,
  `{ node(id: "${CANARY}`,
  `{ node(id: """${CANARY}`,
  `{ node(id: 1${CANARY}) { id } }`,
  `{ node(id: "\\${CANARY}") { id } }`,
  `query $${CANARY} { node { id } }`,
  `{ node { id } } "${CANARY}"`,
  `{ node(id: $${CANARY}`,
  `{ node { ...on ${CANARY} } }`,
  `query (${CANARY}: ID) { node { id } }`,
  `query ($v: ID = $${CANARY}) { node(id: $v) { id } }`,
  `query ($v: ID = [{ a: $${CANARY} }]) { node(id: $v) { id } }`,
];

describe('names that a client has made up', () => {
  let url: string;
  const log: string[] = [];
  const server = createSubgraphServer<SubgraphRequest>({
    schema,
    listenOn: { host: '127.0.0.1', port: 0, portVariable: 'PORT' },
    routerSecrets: [SECRET],
    authenticateToken: () => Promise.resolve({ kind: 'refused', reason: 'TOKEN_INVALID' }),
    createContext: (request) => request,
    readinessChecks: { required: {} },
    shutdownGraceMs: 100,
    logger: createLogger({ service: 'test', level: 'trace', destination: { write: (line) => void log.push(line) } }),
  });

  beforeAll(async () => {
    url = await server.start();
  });

  afterAll(async () => {
    await server.stop();
  });

  async function ask(body: object) {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'router-authorization': SECRET },
      body: JSON.stringify(body),
    });
    return { status: response.status, text: await response.text() };
  }

  it.each([...WRONG, ...UNREADABLE])('are not repeated: %s', async (query) => {
    const { status, text } = await ask({ query });
    expect({ status, text }).toEqual({ status: 400, text: expect.stringContaining('"code":"') });
    expect(text.toLowerCase()).not.toContain(CANARY);
    expect(log.filter((line) => line.toLowerCase().includes(CANARY))).toEqual([]);
  });

  it('stand in a wrong operation for each rule of validation', () => {
    const untested = specifiedRules.filter(
      (rule) =>
        !WRONG.some((query) => {
          const document = parse(query, { allowLegacyFragmentVariables: true });
          return validate(schema, document, [rule]).length > 0;
        }),
    );
    expect(untested.map(({ name }) => name)).toEqual([]);
  });

  it.each<readonly [string, string]>([
    [`{ persn(id: 1) { id } }`, 'Cannot query field (unknown) on type "Query". Did you mean "person"?'],
    [`{ person(id: 1, ip: 2) { id } }`, 'Unknown argument (unknown) on field "Query.person". Did you mean "id"?'],
    [`{ node { ... on Persn { id } } }`, 'Unknown type (unknown). Did you mean "Person"?'],
    [`{ wish(wish: { txt: "a", text: "b" }) }`, 'wish.(unknown): Field (unknown) is not defined by type "Wish".'],
    [`query ($wanted: Int) { wish(wish: { text: "a", size: $wanted }) }`, 'wish.size: must be of type "Int"'],
    [`{ person(id: 1) { name(short: 5) } }`, 'short: must be of type "Boolean"'],
  ])('leave the rest of the message as it is: %s', async (query, message) => {
    const { text } = await ask({ query, variables: { wanted: 'x' } });
    expect(JSON.parse(text)).toMatchObject({ errors: [{ message: expect.stringContaining(message) }] });
  });
});
