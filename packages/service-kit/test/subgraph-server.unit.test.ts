import { once } from 'node:events';
import { connect } from 'node:net';
import { createLogger } from '@identity/service-kit/logger';
import type { SubgraphRequest } from '@identity/service-kit/subgraph-request';
import { createSubgraphServer } from '@identity/service-kit/subgraph-server';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildSchema, type GraphQLSchema } from 'graphql';
import { sendRaw } from '../../../tests/harness/raw-http.js';

type HeaderLines = readonly (readonly [name: string, value: string])[];

const TOO_LARGE = JSON.stringify({ query: '{ hello }', more: 'x'.repeat(1_048_576) });

/** What gateways send, what they do not, and what is none of theirs. */
const CALLS: readonly (readonly [name: string, body: string, headers?: HeaderLines, status?: number])[] = [
  ['an operation', '{"query":"{ hello }"}'],
  ['an operation with a token', '{"query":"{ hello }"}', [['authorization', 'Bearer x']]],
  ['text beyond ASCII', '{"query":"{ hello(name: \\"Zoë 🦊\\") }"}'],
  ['a byte order mark', '\uFEFF{"query":"{ hello }"}'],
  ['a cookie', '{"query":"{ hello }"}', [['x-cookie', 'yes']]],
  ['a resolver that fails', '{"query":"{ broken }"}'],
  ['an operation that does not fit', '{"query":"{ unknown }"}', [], 400],
  ['a document that is none', '{"query":"{"}', [], 400],
  ['no query', '{"variables":{}}', [], 400],
  ['variables that are none', '{"query":"{ hello }","variables":"x"}', [], 400],
  ['an answer that cannot be accepted', '{"query":"{ hello }"}', [['accept', 'text/plain']], 406],
  ['an empty body', '', [], 400],
  ['an empty object', '{}', [], 400],
  ['a list', '[{"query":"{ hello }"}]', [], 400],
  ['a string', '"query"', [], 400],
  ['null', 'null', [], 400],
  ['half a body', '{"query":', [], 400],
  ['a body that is too large', TOO_LARGE, [], 413],
  ['the credential twice', '{"query":"{ hello }"}', [['router-authorization', 'x']], 401],
];

const [current, previous] = ['c'.repeat(32), 'p'.repeat(32)];

describe('the server of a subgraph', () => {
  let url: string;
  let dependencyAnswers = true;
  const logs: string[] = [];
  const server = createSubgraphServer<SubgraphRequest>({
    schema: createSchema(),
    listenOn: { host: '127.0.0.1', port: 0, portVariable: 'PORT' },
    routerSecrets: [current, previous],
    authenticateToken: () => Promise.resolve({ kind: 'refused', reason: 'TOKEN_EXPIRED' }),
    createContext(request, exchange) {
      if (exchange.header('x-cookie') !== undefined) exchange.setHeader('set-cookie', ['a=b', 'c=d']);
      return request;
    },
    readinessChecks: {
      required: { database: () => (dependencyAnswers ? Promise.resolve() : Promise.reject(new Error('down'))) },
      optional: { cache: () => Promise.reject(new Error('down')) },
    },
    publicRoutes: (app) => app.get('/public', (_request, response) => void response.json({ open: true })),
    shutdownGraceMs: 100,
    logger: createLogger({ service: 'test', level: 'info', destination: { write: (line) => void logs.push(line) } }),
  });

  beforeAll(async () => {
    url = await server.start();
  });

  afterAll(async () => {
    await server.stop();
  });

  function ask(headers: Readonly<Record<string, string>>, query = '{ __typename }') {
    return fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query }),
    });
  }

  it.each([
    ['the current credential', current],
    ['the previous one, while it is being replaced', previous],
  ])('answers with %s', async (_name, credential) => {
    const response = await ask({ 'router-authorization': credential });
    expect(await response.json()).toEqual({ data: { __typename: 'Query' } });
  });

  it.each<[string, Readonly<Record<string, string>>]>([
    ['no credential', {}],
    ['an empty one', { 'router-authorization': '' }],
    ['a wrong one', { 'router-authorization': 'x'.repeat(32) }],
    ['a part of one', { 'router-authorization': current.slice(0, -1) }],
    ['both in one', { 'router-authorization': `${current},${previous}` }],
    ['a bearer token instead', { authorization: `Bearer ${current}` }],
  ])('answers nothing, not even introspection, with %s', async (_name, headers) => {
    for (const query of ['{ __typename }', '{ __schema { types { name } } }', '{ _service { sdl } }']) {
      const response = await ask(headers, query);
      expect(response.status).toBe(401);
      expect(await response.text()).not.toContain('Query');
    }
  });

  it('answers health and its public routes without one', async () => {
    const statuses = await Promise.all(
      ['/health/live', '/health/ready', '/public'].map(async (path) => (await fetch(`${url}${path}`)).status),
    );
    expect(statuses).toEqual([200, 200, 200]);
  });

  it('is not ready without what it needs, and reports what only helps', async () => {
    expect(await (await fetch(`${url}/health/ready`)).json()).toEqual({
      status: 'ready',
      checks: { database: 'ok', cache: 'failing' },
    });
    dependencyAnswers = false;
    const response = await fetch(`${url}/health/ready`);
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({ status: 'not_ready', checks: { database: 'failing', cache: 'failing' } });
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    dependencyAnswers = true;
  });

  /** The answer and the line of the log, without what is of the moment. */
  async function exchangeOf(contentType: string, body: string, headers: HeaderLines) {
    logs.length = 0;
    const identity = [
      ['content-type', contentType],
      ['router-authorization', current],
    ] as const;
    const answer = await sendRaw(url, { headers: [...identity, ...headers], body });
    const { 'x-request-id': requestId, date, ...rest } = answer.headers;
    expect([requestId, date]).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/), expect.any(String)]);
    while (!logs.some((line) => line.includes('"msg":"request"'))) await new Promise(setImmediate);
    const lines = logs.map((line) =>
      line
        .replaceAll(String(requestId), 'ID')
        .replace(/"time":"[^"]*"|"durationMs":\d+/g, '')
        .replace(/"stack":"[^"]*"/g, ''),
    );
    return { ...answer, headers: rest, body: answer.body.replaceAll(String(requestId), 'ID'), lines };
  }

  it.each(CALLS)(
    'answers and logs %s the same, however its type is spelt',
    async (_name, body, headers = [], status = 200) => {
      // Gateways spell it in the first way; the other ways are left to Express.
      const plain = await exchangeOf('application/json', body, headers);
      expect(plain.status).toBe(status);
      expect(plain.lines).toHaveLength(body.includes('broken') ? 2 : 1);
      expect(await exchangeOf('application/json ;charset=utf-8', body, headers)).toEqual(plain);
      // By now a query is known.
      expect(await exchangeOf('application/json', body, headers)).toEqual(plain);
    },
  );

  it.each(['text/plain', 'application/json;q=0'])('executes nothing for a client that takes %s', async (accept) => {
    const before = executions;
    for (const contentType of ['application/json', 'application/json ;charset=utf-8'])
      for (const query of ['{ hello }', '{ never: hello }']) {
        const { status, body } = await exchangeOf(contentType, JSON.stringify({ query }), [['accept', accept]]);
        expect(status).toBe(406);
        expect(JSON.parse(body)).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
      }
    expect(executions).toBe(before);
  });

  it('refuses variables that do not fit, also of a query that is known', async () => {
    const bodyWith = (variables: object) =>
      JSON.stringify({ query: 'query ($name: String) { hello(name: $name) }', variables });
    for (const name of ['Ada', 'Grace']) {
      const { status, body } = await exchangeOf('application/json', bodyWith({ name }), []);
      expect({ status, body }).toEqual({ status: 200, body: `{"data":{"hello":"Hello, ${name}"}}\n` });
    }
    const refused = await exchangeOf('application/json', bodyWith({ name: 1 }), []);
    expect(refused.status).toBe(400);
    expect(await exchangeOf('application/json ;charset=utf-8', bodyWith({ name: 1 }), [])).toEqual(refused);
  });

  it('believes no token of two', async () => {
    const reasonFor = async (headers: HeaderLines) => {
      const answer: unknown = JSON.parse(
        (await exchangeOf('application/json', '{"query":"{ refusal }"}', headers)).body,
      );
      return answer;
    };
    const token = ['authorization', 'Bearer x'] as const;
    expect(await reasonFor([token])).toEqual({ data: { refusal: 'TOKEN_EXPIRED' } });
    expect(await reasonFor([token, token])).toEqual({ data: { refusal: 'TOKEN_INVALID' } });
    expect(await reasonFor([])).toEqual({ data: { refusal: null } });
  });

  it('logs a call whose caller is gone before its end', async () => {
    logs.length = 0;
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    socket.write(
      `POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nrouter-authorization: ${current}\r\n` +
        'content-length: 100\r\nexpect: 100-continue\r\n\r\n{',
    );
    // The server continues when it has begun with the request.
    await once(socket, 'data');
    socket.destroy();
    while (logs.length === 0) await new Promise(setImmediate);
    expect(JSON.parse(String(logs[0]))).toMatchObject({ route: '/graphql', status: 0 });
  });

  it.each([
    ['a body that is no JSON', '/graphql', 400],
    ['an unknown path', '/nowhere', 404],
  ])('answers %s with JSON that has a code', async (_name, path, status) => {
    const headers = { 'content-type': 'application/json', 'router-authorization': current };
    const response = await fetch(`${url}${path}`, { method: 'POST', headers, body: '{' });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
  });

  it.each(['http://', 'http://[', 'http://[/graphql'])('answers %s, which has no path, with JSON', async (path) => {
    const { status, headers, body } = await sendRaw(url, { path, headers: [['router-authorization', current]] });
    expect({ status, type: headers['content-type'] }).toEqual({ status: 400, type: 'application/json; charset=utf-8' });
    expect(JSON.parse(body)).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
  });

  it('returns the request id it was given, or one of its own', async () => {
    const given = await ask({ 'router-authorization': current, 'x-request-id': '01ARZ3NDEKTSV4RRFFQ69G5FAV' });
    expect(given.headers.get('x-request-id')).toBe('01ARZ3NDEKTSV4RRFFQ69G5FAV');
    const unsafe = await ask({ 'router-authorization': current, 'x-request-id': 'a-quiet-harbour-at-dawn' });
    expect(unsafe.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });
});

/** How often a resolver has run. */
let executions = 0;

function createSchema(): GraphQLSchema {
  const schema = buildSchema('type Query { hello(name: String): String, broken: String, refusal: String }');
  const { hello, broken, refusal } = schema.getQueryType()?.getFields() ?? {};
  Object.assign(hello ?? {}, {
    resolve(_parent: unknown, { name = 'world' }: { name?: string }) {
      executions += 1;
      return `Hello, ${name}`;
    },
  });
  Object.assign(refusal ?? {}, {
    resolve: (_parent: unknown, _arguments: unknown, { authentication }: SubgraphRequest) =>
      authentication.kind === 'refused' ? authentication.reason : null,
  });
  Object.assign(broken ?? {}, {
    resolve() {
      throw new Error('broken');
    },
  });
  return schema;
}
