import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BOTH_WAYS, startGateway, type TestGateway } from './support/gateway.js';
import { startSubgraph, type SubgraphServer } from './support/subgraph-server.js';

const LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])';
const NAMES_SDL = `${LINK} type Query { me: User } type User @key(fields: "id") { id: ID! name(length: Int!): String }`;
const NOTES_SDL = `${LINK} type Query { tip: String } type User @key(fields: "id") { id: ID! note(length: Int!): String }`;

/** What is around the texts in the answers is less than 200 bytes. */
const MAX_BYTES = 10_000;

const text = ({ length }: { length: number }): string => 'x'.repeat(length);

let names: SubgraphServer;
let notes: SubgraphServer;

beforeAll(async () => {
  names = await startSubgraph(NAMES_SDL, {
    Query: { me: () => ({ id: '1' }) },
    User: { name: (_user: unknown, given: { length: number }) => text(given) },
  });
  notes = await startSubgraph(NOTES_SDL, {
    Query: { tip: () => 'tip' },
    User: {
      __resolveReference: ({ id }: { id: string }) => ({ id }),
      note: (_user: unknown, given: { length: number }) => text(given),
    },
  });
});

afterAll(async () => {
  await names.stop();
  await notes.stop();
});

describe.each(BOTH_WAYS)('what subgraphs answer to one request, $way', ({ compilePlans }) => {
  let gateway: TestGateway;

  beforeAll(async () => {
    const subgraphs = [
      { name: 'names', sdl: NAMES_SDL, url: names.url },
      { name: 'notes', sdl: NOTES_SDL, url: notes.url },
    ];
    gateway = await startGateway(subgraphs, { compilePlans, maxAnswerBytes: MAX_BYTES });
  });

  afterAll(async () => {
    await gateway.stop();
  });

  const ask = (nameLength: number, noteLength: number) =>
    gateway.send({
      query: 'query ($name: Int!, $note: Int!) { me { name(length: $name) note(length: $note) } }',
      variables: { name: nameLength, note: noteLength },
    });

  const TOO_LARGE = { extensions: { code: 'OPERATION_TOO_COMPLEX' } };

  it('is answered up to the limit, in bytes, again and again', async () => {
    for (let round = 0; round < 3; round += 1) {
      const { body } = await ask(MAX_BYTES / 2, MAX_BYTES / 2 - 400);
      expect(body.errors).toBeUndefined();
    }
  });

  it('is left out from there on, also when the query is known', async () => {
    for (let round = 0; round < 3; round += 1) {
      const { status, body } = await ask(MAX_BYTES / 2, MAX_BYTES / 2);
      expect(status).toBe(200);
      expect(body).toMatchObject({
        data: { me: { name: 'x'.repeat(MAX_BYTES / 2), note: null } },
        errors: [{ path: ['me', 'note'], ...TOO_LARGE }],
      });
    }
  });

  it('is nothing when the first answer is too large already', async () => {
    const { body } = await ask(MAX_BYTES, 1);
    expect(body).toMatchObject({ data: { me: null }, errors: [{ path: ['me'], ...TOO_LARGE }] });
  });
});

describe.each(BOTH_WAYS)('an answer of very many values, $way', ({ compilePlans }) => {
  const SDL = 'scalar JSON type Query { objects(count: Int!): JSON tip: String }';
  let subgraph: SubgraphServer;
  let gateway: TestGateway;

  beforeAll(async () => {
    const objects = (_root: unknown, { count }: { count: number }) => Array.from({ length: count }, () => ({}));
    subgraph = await startSubgraph(SDL, { Query: { objects, tip: () => 'tip' } });
    gateway = await startGateway([{ name: 'objects', sdl: SDL, url: subgraph.url }], { compilePlans });
  });

  afterAll(async () => {
    await gateway.stop();
    await subgraph.stop();
  });

  const ask = (count: number) =>
    gateway.send({ query: 'query ($count: Int!) { objects(count: $count) tip }', variables: { count } });

  it('is answered as long as each has 8 bytes of the limit', async () => {
    const { body } = await ask(131_000);
    expect(body.errors).toBeUndefined();
    expect(body).toHaveProperty('data.objects.length', 131_000);
  });

  it('is left out when they have less', async () => {
    const { status, body } = await ask(132_000);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      data: { objects: null, tip: null },
      errors: [{ extensions: { code: 'OPERATION_TOO_COMPLEX' } }],
    });
  });
});
