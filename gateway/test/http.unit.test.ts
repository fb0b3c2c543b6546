import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bodyOf, startGateway, type AnswerBody, type TestGateway } from './support/gateway.js';
import { startSubgraph, type SubgraphServer } from './support/subgraph-server.js';

const SDL = 'type Query { hello(text: String): String } type Mutation { change: Boolean }';
const JSON_TYPE = { 'content-type': 'application/json' };
const ALLOWED_ORIGIN = 'https://app.example.com';

async function emptyOr(response: Response): Promise<AnswerBody> {
  return response.status === 204 ? {} : bodyOf(response);
}

describe('the gateway over HTTP', () => {
  let subgraph: SubgraphServer;
  let gateway: TestGateway;

  beforeAll(async () => {
    subgraph = await startSubgraph(SDL, { Query: { hello: () => 'hello' }, Mutation: { change: () => true } });
    gateway = await startGateway([{ name: 'greeter', sdl: SDL, url: subgraph.url }], {
      corsOrigins: [ALLOWED_ORIGIN],
      bodyLimitBytes: 2_048,
    });
  });

  afterAll(async () => {
    await gateway.stop();
    await subgraph.stop();
  });

  async function call(init: RequestInit, path = '/graphql') {
    const callsBefore = subgraph.requests.length;
    const response = await fetch(`${gateway.url}${path}`, init);
    const text = await response.clone().text();
    expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: await emptyOr(response),
      calls: subgraph.requests.length - callsBefore,
    };
  }

  const post = (body: string, headers: Record<string, string> = JSON_TYPE): RequestInit => ({
    method: 'POST',
    headers,
    body,
  });
  const hello = JSON.stringify({ query: '{ hello }' });

  it.each<readonly [string, RequestInit, string, number]>([
    [
      'a body over the limit',
      post(JSON.stringify({ query: `{ hello(text: "${'x'.repeat(3_000)}") }` })),
      '/graphql',
      413,
    ],
    ['malformed JSON', post('{"query": '), '/graphql', 400],
    ['JSON that is no object', post('"text"'), '/graphql', 400],
    ['an empty object', post('{}'), '/graphql', 400],
    ['no body', { method: 'POST', headers: JSON_TYPE }, '/graphql', 400],
    ['another charset', post(hello, { 'content-type': 'application/json; charset=latin1' }), '/graphql', 415],
    [
      'a very long content type',
      post(hello, { 'content-type': `application/json;${' '.repeat(250)}x` }),
      '/graphql',
      415,
    ],
    ['an unknown encoding', post(hello, { ...JSON_TYPE, 'content-encoding': 'zip' }), '/graphql', 415],
    ['a batch', post(`[${hello},${hello}]`), '/graphql', 400],
    [
      'a form, as a foreign page could send it',
      post('query={hello}', { 'content-type': 'application/x-www-form-urlencoded' }),
      '/graphql',
      400,
    ],
    ['a text, as a foreign page could send it', post(hello, { 'content-type': 'text/plain' }), '/graphql', 400],
    ['a simple GET, as a foreign page could send it', {}, '/graphql?query={hello}', 400],
    ['a mutation by GET', { headers: JSON_TYPE }, '/graphql?query=mutation{change}', 405],
    ['another method', { method: 'PUT', headers: JSON_TYPE, body: hello }, '/graphql', 405],
    ['variables that are no object', post(JSON.stringify({ query: '{ hello }', variables: 'x' })), '/graphql', 400],
    ['an unknown path', {}, '/unknown', 404],
    ['another spelling of the path', post(hello), '/GraphQL', 404],
    ['a path that ends with a slash', post(hello), '/graphql/', 404],
    ['a path below', post(hello), '/graphql/more', 404],
    ['a path with a slash more', post(hello), '//graphql', 404],
    ['an encoded path', post(hello), '/%67raphql', 404],
  ])('refuses %s with a JSON error', async (_name, init, path, status) => {
    const answer = await call(init, path);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expect(answer.body.errors?.map(({ extensions }) => extensions['code'])).toEqual(['BAD_USER_INPUT']);
    expect(answer.calls).toBe(0);
  });

  it('refuses an operation of more tokens than the parser takes', async () => {
    const { status, body } = await call(post(JSON.stringify({ query: `{${'a '.repeat(900)}}` })));
    expect({ status, code: body.errors?.[0]?.extensions['code'] }).toEqual({
      status: 400,
      code: 'GRAPHQL_VALIDATION_FAILED',
    });
    const roomy = await startGateway([{ name: 'greeter', sdl: SDL, url: subgraph.url }]);
    const tooMany = await roomy.send({ query: `{${'a '.repeat(5_000)}}` });
    await roomy.stop();
    expect(tooMany).toMatchObject({
      status: 400,
      body: { errors: [{ extensions: { code: 'GRAPHQL_PARSE_FAILED' } }] },
    });
  });

  it.each<readonly [string, Readonly<Record<string, string>>]>([
    ['a document', { query: `{ hello ${'{'.repeat(200)} }` }],
    ['a document behind a comment', { query: `#\r{ hello ${'{'.repeat(200)} }` }],
    ['variables', { query: '{ hello }', variables: `{"a":${'['.repeat(200)}${']'.repeat(200)}}` }],
  ])('refuses %s nested too deeply in an address', async (_name, parameters) => {
    const { status, body } = await call({ headers: JSON_TYPE }, `/graphql?${String(new URLSearchParams(parameters))}`);
    expect(status).toBe(400);
    expect(body.errors?.[0]?.extensions['code']).toBe('OPERATION_TOO_COMPLEX');
  });

  it('answers queries by GET where the browser had to ask first', async () => {
    const answer = await call({ headers: { 'apollo-require-preflight': '1' } }, '/graphql?query={hello}');
    expect(answer).toMatchObject({ status: 200, body: { data: { hello: 'hello' } } });
  });

  it('says that answers are not to be stored', async () => {
    const { headers } = await call(post(hello));
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.has('x-powered-by')).toBe(false);
  });

  it('answers a persisted query by its hash once it has seen it', async () => {
    const sha256Hash = '7e0c5d79a4f8ca4c9ee6d1ffcc0f3c4e3b0a1f1b2b1fdd0c0c1e9d4b1e0a7c11';
    const unknown = await call(post(JSON.stringify({ extensions: { persistedQuery: { version: 1, sha256Hash } } })));
    expect(unknown.body.errors?.[0]?.extensions['code']).toBe('PERSISTED_QUERY_NOT_FOUND');
    const query = '{ __typename }';
    const digest = Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(query))).toString('hex');
    const extensions = { persistedQuery: { version: 1, sha256Hash: digest } };
    expect((await call(post(JSON.stringify({ query, extensions })))).body).toEqual({ data: { __typename: 'Query' } });
    expect((await call(post(JSON.stringify({ extensions })))).body).toEqual({ data: { __typename: 'Query' } });
  });

  it('lets the configured origins in and no other', async () => {
    const preflight = (origin: string) =>
      call({ method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } });
    const allowed = await preflight(ALLOWED_ORIGIN);
    expect(allowed.status).toBe(204);
    expect(allowed.headers.get('access-control-allow-origin')).toBe(ALLOWED_ORIGIN);
    expect(allowed.headers.get('access-control-allow-headers')).toContain('authorization');
    expect(allowed.headers.get('vary')).toMatch(/origin/i);
    const answered = await call(post(hello, { ...JSON_TYPE, origin: ALLOWED_ORIGIN }));
    expect(answered.headers.get('access-control-allow-origin')).toBe(ALLOWED_ORIGIN);
    for (const origin of ['https://evil.example', 'null', `${ALLOWED_ORIGIN}.evil.example`, 'http://app.example.com']) {
      expect((await preflight(origin)).headers.has('access-control-allow-origin')).toBe(false);
      expect((await call(post(hello, { ...JSON_TYPE, origin }))).headers.has('access-control-allow-origin')).toBe(
        false,
      );
    }
  });
});
