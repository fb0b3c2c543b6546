import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { once } from 'node:events';
import { GraphQLError } from 'graphql';
import { z } from 'zod';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../../tests/harness/eventually.js';
import type { GatewayConfig } from '../src/config.js';
import { compose, ROOMY_LIMITS, startGateway, type TestGateway } from './support/gateway.js';
import { startIssuer, type TestIssuer } from './support/issuer.js';
import { metricOf } from './support/metrics.js';
import { startServer, startSubgraph, type SubgraphServer } from './support/subgraph-server.js';

const SDL = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@authenticated"])
  type Query {
    hello(name: String, names: [String!], limit: Int): String
    secret: String @authenticated
    broken: String
    bare: String!
  }
  type Mutation { change: Int }
`;
const KEYED = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])';
const ORIGIN = 'https://app.example.com';

const REQUEST_ID = '6a3bbd62-7a8f-4b0e-a6d5-7f8f3a0c9c11';

const logLine = z.looseObject({ msg: z.string(), requestId: z.string().optional() });

/** What the answers of two gateways have in common when all is well. */
interface Comparable {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** What the query is like, its request or the body of that, and the headers that come with it. */
type Row<T> = readonly [string, T, Readonly<Record<string, string>>];

describe('a query that has come before', () => {
  let subgraph: SubgraphServer;
  let issuer: TestIssuer;
  /** Answers known queries by itself. */
  let quick: TestGateway;
  /** Has no compiled plans, and so leaves everything to Apollo Server. */
  let thorough: TestGateway;
  let changes = 0;

  function start(config: Partial<GatewayConfig>): Promise<TestGateway> {
    return startGateway([{ name: 'greeter', sdl: SDL, url: subgraph.url }], {
      authUrl: issuer.url,
      corsOrigins: [ORIGIN],
      bodyLimitBytes: 4_096,
      admin: { host: '127.0.0.1', port: 0, portVariable: 'ADMIN_PORT' },
      ...config,
    });
  }

  beforeAll(async () => {
    issuer = await startIssuer();
    subgraph = await startSubgraph(SDL, {
      Query: {
        hello: (_parent: unknown, { name }: { readonly name?: string }) => `hello ${name ?? ''}`,
        secret: () => 'of somebody',
        broken: () => {
          throw new GraphQLError('it is gone', { extensions: { code: 'NOT_FOUND' } });
        },
        bare: () => null,
      },
      Mutation: { change: () => (changes += 1) },
    });
    [quick, thorough] = await Promise.all([start({}), start({ compilePlans: false })]);
  });

  afterAll(async () => {
    await Promise.all([quick.stop(), thorough.stop()]);
    await Promise.all([subgraph.stop(), issuer.stop()]);
  });

  async function post(gateway: TestGateway, body: string, headers: Readonly<Record<string, string>> = {}) {
    const response = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });
    return response;
  }

  async function comparable(response: Response): Promise<Comparable> {
    const { date, 'x-request-id': requestId, ...headers } = Object.fromEntries(response.headers);
    expect(date).toBeDefined();
    expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
    const text = (await response.text()).replaceAll(String(requestId), '(the request id)');
    return { status: response.status, headers, text };
  }

  const answeredAsKnown = (gateway: TestGateway) => metricOf(gateway, 'identity_gateway_known_queries_total');

  /** Sends a request four times: it becomes known with the first. @returns How often it was answered as known. */
  async function sendToBoth(body: string, headers: Readonly<Record<string, string>> = {}): Promise<number> {
    const before = await answeredAsKnown(quick);
    for (const time of ['first', 'second', 'third', 'fourth']) {
      const [actual, expected] = await Promise.all(
        [quick, thorough].map(async (gateway) => comparable(await post(gateway, body, headers))),
      );
      expect({ time, ...actual }).toEqual({ time, ...expected });
    }
    return (await answeredAsKnown(quick)) - before;
  }

  const NAMED = 'query A { hello(name: "a") } query B { hello(name: "b") }';
  const WITH_VARIABLES =
    'query ($name: String, $names: [String!], $limit: Int) { hello(name: $name, names: $names, limit: $limit) }';

  it.each<Row<object>>([
    ['plain', { query: '{ hello }' }, {}],
    [
      'with everything that may be null',
      { query: '{ a: hello }', operationName: null, variables: null, extensions: null },
      {},
    ],
    ['one of several', { query: NAMED, operationName: 'B' }, {}],
    ['with variables', { query: WITH_VARIABLES, variables: { name: 'Ada', names: ['x'], limit: 3 } }, {}],
    ['with a variable too many', { query: '{ b: hello }', variables: { other: 1 } }, {}],
    ['from a page that is allowed', { query: '{ c: hello }' }, { origin: ORIGIN }],
    ['from a page that is not', { query: '{ d: hello }' }, { origin: 'https://elsewhere.example.com' }],
    [
      'for a client of the newer media type',
      { query: '{ e: hello }' },
      { accept: 'application/graphql-response+json' },
    ],
    [
      'for a client of either type',
      { query: '{ f: hello }' },
      { accept: 'application/graphql-response+json, application/json;q=0.9' },
    ],
    ['for any client', { query: '{ g: hello }' }, { accept: '*/*' }],
  ])('%s: is answered in the same way, by itself', async (_name, request, headers) => {
    expect(await sendToBoth(JSON.stringify(request), headers)).toBe(3);
  });

  it.each<Row<string>>([
    ['fails in a subgraph', '{"query":"{ broken hello }"}', {}],
    ['has null where there must be none', '{"query":"{ bare }"}', {}],
    ['asks for what the caller may not have', '{"query":"{ secret hello }"}', {}],
    ['comes with a token that is none', '{"query":"{ secret h: hello }"}', { authorization: 'Bearer x' }],
    ['has a variable of the wrong type', JSON.stringify({ query: WITH_VARIABLES, variables: { limit: 'many' } }), {}],
    ['does not say which operation', JSON.stringify({ query: NAMED }), {}],
    ['names an operation that there is not', JSON.stringify({ query: NAMED, operationName: 'C' }), {}],
    ['names none by an empty name', JSON.stringify({ query: '{ hello }', operationName: '' }), {}],
    [
      'has a reserved variable',
      JSON.stringify({ query: 'query ($representations: String) { hello(name: $representations) }' }),
      {},
    ],
    [
      'has variables nested too deeply',
      `{"query":"{ hello }","variables":{"a":${'['.repeat(200)}${']'.repeat(200)}}}`,
      {},
    ],
    ['asks about the schema', '{"query":"{ __schema { queryType { name } } hello }"}', {}],
    ['is malformed', '{"query": ', {}],
    ['is no object', '"text"', {}],
    ['is a list', '[{"query":"{ hello }"}]', {}],
    ['is empty', '{}', {}],
    ['is too large', JSON.stringify({ query: '{ hello }', variables: { x: 'x'.repeat(4_096) } }), {}],
    ['has variables that are no object', '{"query":"{ hello }","variables":[]}', {}],
    ['has extensions that are no object', '{"query":"{ hello }","extensions":1}', {}],
    ['is not JSON by its type', '{"query":"{ hello }"}', { 'content-type': 'text/plain' }],
    ['is for a client that takes no JSON', '{"query":"{ hello }"}', { accept: 'image/png' }],
    ['asks for a cookie that is not offered', '{"query":"{ hello }"}', { 'x-session-transport': 'cookie' }],
  ])('that %s: is answered by Apollo Server as ever', async (_name, body, headers) => {
    expect(await sendToBoth(body, headers)).toBe(0);
  });

  it('is answered for whoever may have it, and for nobody else', async () => {
    const body = '{"query":"{ mine: secret }"}';
    expect(await sendToBoth(body, issuer.bearer(['USER']))).toBe(3);
    expect(await sendToBoth(body)).toBe(0);
    expect(await sendToBoth(body, issuer.bearer(['USER'], 3_600))).toBe(0);
    expect(await sendToBoth(body, issuer.bearer(['USER']))).toBe(4);
  });

  it.each(['key', 'audience'] as const)('is not answered for a token of the wrong %s, however often', async (what) => {
    const query = `{ ${what}: secret }`;
    const body = JSON.stringify({ query });
    expect(await sendToBoth(body, issuer.bearer(['USER']))).toBe(3);
    const headers = issuer.wrongBearer(what, ['USER']);
    expect(await sendToBoth(body, headers)).toBe(0);
    const asked = subgraph.requests.length;
    expect(await (await post(quick, body, headers)).json()).toMatchObject({
      data: { [what]: null },
      errors: [{ path: [what], extensions: { code: 'UNAUTHENTICATED', reason: 'TOKEN_INVALID' } }],
    });
    expect(subgraph.requests.length).toBe(asked);
  });

  it('is refused when its variables have become too much for the limits', async () => {
    const strict = await start({ limits: { ...ROOMY_LIMITS, listItems: 2 } });
    const ask = (names: readonly string[]) => strict.send({ query: WITH_VARIABLES, variables: { names } });
    for (const count of [1, 2, 3]) expect({ count, status: (await ask(['a'])).status }).toEqual({ count, status: 200 });
    const { status, body } = await ask(['a', 'b', 'c']);
    await strict.stop();
    expect({ status, code: body.errors?.[0]?.extensions['code'] }).toEqual({
      status: 400,
      code: 'OPERATION_TOO_COMPLEX',
    });
  });

  it('is refused when a condition is null, as it is when it is not known', async () => {
    const request = (s: boolean | null) => ({
      query: 'query ($s: Boolean = false) { n: hello o: hello @include(if: $s) }',
      variables: { s },
    });
    const before = await answeredAsKnown(quick);
    for (const gateway of [quick, thorough]) {
      for (const s of [false, true]) expect(await gateway.send(request(s))).toMatchObject({ status: 200 });
      expect(await gateway.send(request(null))).toMatchObject({
        status: 400,
        body: { errors: [{ extensions: { code: 'BAD_USER_INPUT', field: 'if' } }] },
      });
    }
    expect((await answeredAsKnown(quick)) - before).toBe(1);
  });

  it('asks the subgraph once each time, also when that reports an error', async () => {
    for (const query of ['{ k: hello }', '{ l: broken }']) {
      for (let time = 1; time <= 4; time += 1) {
        const before = subgraph.requests.length;
        await quick.send({ query });
        expect(subgraph.requests.length - before).toBe(1);
      }
    }
  });

  it('asks the subgraphs once each time, also when its execution fails', async () => {
    const json = { 'content-type': 'application/json' };
    let all: unknown = [{ __typename: 'User', id: '1' }];
    const list = await startServer((_request, response) => {
      response.writeHead(200, json).end(JSON.stringify({ data: { all } }));
    });
    const entities = await startServer((_request, response) => {
      response.writeHead(200, json).end('{"data":{"_entities":[{"bio":"x"}]}}');
    });
    const gateway = await startGateway([
      {
        name: 'list',
        sdl: `${KEYED} type Query { all: [User] } type User @key(fields: "id") { id: ID! }`,
        url: list.url,
      },
      { name: 'entities', sdl: `${KEYED} type User @key(fields: "id") { id: ID! bio: String }`, url: entities.url },
    ]);
    const send = () => gateway.send({ query: '{ all { id bio } }' });
    for (const time of ['first', 'second'])
      expect({ time, status: (await send()).status }).toEqual({ time, status: 200 });
    all = { __typename: 'User', id: '1' };
    const before = list.requests.length;
    const { body } = await send();
    expect(list.requests.length - before).toBe(1);
    expect(body.errors).toMatchObject([{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }]);
    await Promise.all([gateway.stop(), list.stop(), entities.stop()]);
  });

  it('is never a mutation', async () => {
    const [before, known] = [changes, await answeredAsKnown(quick)];
    for (let time = 1; time <= 4; time += 1) await quick.send({ query: 'mutation { change }' });
    expect(changes - before).toBe(4);
    expect(await answeredAsKnown(quick)).toBe(known);
  });

  it('is logged as every request is', async () => {
    const body = '{"query":"query Named { m: hello }"}';
    await sendToBoth(body, { 'x-request-id': REQUEST_ID });
    const linesOf = ({ log }: TestGateway): readonly object[] =>
      log
        .map((line) => logLine.parse(JSON.parse(line)))
        .filter(({ msg, requestId }) => msg === 'request' && requestId === REQUEST_ID)
        .map((line) => ({ ...line, time: '', durationMs: 0 }));
    await eventually('all lines are written', () => Promise.resolve(linesOf(quick).length === 4));
    expect(linesOf(quick)).toEqual(linesOf(thorough));
  });

  it('is known no more when the supergraph has changed', async () => {
    const changing = await start({});
    const query = '{ n: hello }';
    for (let time = 1; time <= 3; time += 1) await changing.send({ query });
    const known = await answeredAsKnown(changing);
    await changing.replaceSupergraph(
      compose([{ name: 'greeter', sdl: 'type Query { other: Int }', url: subgraph.url }]),
    );
    await changing.reload();
    const { status, body } = await changing.send({ query });
    await changing.stop();
    expect(known).toBe(2);
    expect({ status, code: body.errors?.[0]?.extensions['code'] }).toEqual({
      status: 400,
      code: 'GRAPHQL_VALIDATION_FAILED',
    });
  });

  it('is executed on the live supergraph when it was under way while that changed', async () => {
    const held: ServerResponse[] = [];
    let isHolding = false;
    const answer = (response: ServerResponse, n: number): void => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ data: { n } }));
    };
    const former = await startServer((_request, response) => {
      if (isHolding) held.push(response);
      else answer(response, 1);
    });
    const next = await startServer((_request, response) => {
      answer(response, 2);
    });
    const sdl = 'type Query { n: Int }';
    const gateway = await startGateway([{ name: 'former', sdl, url: former.url }]);
    const ask = () => gateway.send({ query: '{ n }' });
    await ask();
    isHolding = true;
    // One of them is known, the other one is new.
    const underWay = [ask(), gateway.send({ query: '{ n __typename }' })];
    await eventually('both are held', () => Promise.resolve(held.length === underWay.length));
    await gateway.replaceSupergraph(compose([{ name: 'next', sdl, url: next.url }]));
    await gateway.reload();
    for (const response of held) answer(response, 1);
    for (const { body } of await Promise.all(underWay)) expect(body).toMatchObject({ data: { n: 1 } });
    for (const query of ['{ n }', '{ n __typename }', '{ n }', '{ n __typename }'])
      expect((await gateway.send({ query })).body).toMatchObject({ data: { n: 2 } });
    expect(former.requests).toHaveLength(3);
    await Promise.all([gateway.stop(), former.stop(), next.stop()]);
  });

  it('whose client leaves before the end of its body is logged as such', async () => {
    const { hostname, port } = new URL(quick.url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    const requestId = '0d6f2f5e-1a3e-4a55-9d3c-5b3c5c0f7b1e';
    socket.write(
      `POST /graphql HTTP/1.1\r\nhost: x\r\nx-request-id: ${requestId}\r\ncontent-type: application/json\r\ncontent-length: 90\r\n\r\n{"query"`,
    );
    socket.end();
    const isLogged = (): boolean => quick.log.some((line) => line.includes(requestId) && line.includes('"status":0'));
    await eventually('the line is written', () => Promise.resolve(isLogged()));
    expect(isLogged()).toBe(true);
  });
});
