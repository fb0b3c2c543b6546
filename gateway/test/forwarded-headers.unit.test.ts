import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ROUTER_SECRET, startGateway, type TestGateway } from './support/gateway.js';
import { rawPost } from './support/raw-request.js';
import { startSubgraph, type SubgraphServer } from './support/subgraph-server.js';

const SDL = 'type Query { hello: String }';
const QUERY = JSON.stringify({ query: '{ hello }' });
const TRACEPARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const REQUEST_ID = 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6';
const ULID = '01ARZ3NDEKTSV4RRFFQ69G5FAV';

/** What the HTTP client adds, and what every request carries. */
const ALWAYS = [
  'accept',
  'connection',
  'content-length',
  'content-type',
  'host',
  'router-authorization',
  'x-forwarded-for',
  'x-request-id',
];

const HOSTILE: readonly (readonly [string, string])[] = [
  ['connection', 'close, x-user-id'],
  ['keep-alive', 'timeout=5'],
  ['te', 'trailers'],
  ['upgrade', 'websocket'],
  ['proxy-authorization', 'Basic eDp5'],
  ['router-authorization', 'a-credential-of-the-client'],
  ['x-user-id', 'user_admin'],
  ['x-user-roles', 'ADMIN'],
  ['x-forwarded-for', '203.0.113.7'],
  ['x-forwarded-for', '203.0.113.8'],
  ['x-forwarded-host', 'evil.example'],
  ['x-real-ip', '203.0.113.9'],
  ['forwarded', 'for=203.0.113.10'],
  ['cookie', 'session=1'],
  ['origin', 'https://evil.example'],
  ['referer', 'https://evil.example/'],
  ['apollo-federation-include-trace', 'ftv1'],
  ['apollo-query-plan-experimental', '1'],
  ['accept-encoding', 'gzip'],
  ['tracestate', 'a=b'],
  ['baggage', 'a=b'],
];

describe('what a subgraph receives', () => {
  let subgraph: SubgraphServer;
  let direct: TestGateway;
  let behindProxy: TestGateway;

  beforeAll(async () => {
    subgraph = await startSubgraph(SDL, { Query: { hello: () => 'hello' } });
    const subgraphs = [{ name: 'greeter', sdl: SDL, url: subgraph.url }];
    direct = await startGateway(subgraphs);
    behindProxy = await startGateway(subgraphs, { trustedProxyHops: 1 });
  });

  afterAll(async () => {
    await direct.stop();
    await behindProxy.stop();
    await subgraph.stop();
  });

  async function received(headers: readonly (readonly [string, string])[], gateway = direct) {
    const answer = await rawPost(`${gateway.url}/graphql`, headers, QUERY);
    expect(JSON.parse(answer.body)).toEqual({ data: { hello: 'hello' } });
    return { headers: subgraph.requests.at(-1)?.headers ?? {}, answer };
  }

  it('is nothing but the allowlist, whatever the client sends', async () => {
    const { headers } = await received(HOSTILE);
    expect(Object.keys(headers).sort()).toEqual(ALWAYS);
    expect(headers['router-authorization']).toBe(ROUTER_SECRET);
    expect(headers['x-forwarded-for']).toBe('127.0.0.1');
    expect(headers.connection).toBe('keep-alive');
  });

  it('is the allowlist in full when the client sends all of it', async () => {
    const { headers } = await received([
      ['authorization', 'Bearer a.b.c'],
      ['traceparent', TRACEPARENT],
      ['user-agent', 'test/1.0'],
    ]);
    expect(Object.keys(headers).sort()).toEqual([...ALWAYS, 'authorization', 'traceparent', 'user-agent'].sort());
    expect(headers).toMatchObject({
      authorization: 'Bearer a.b.c',
      traceparent: TRACEPARENT,
      'user-agent': 'test/1.0',
    });
  });

  it('is nothing of headers that come twice', async () => {
    const twice = [
      ['traceparent', TRACEPARENT],
      ['x-request-id', REQUEST_ID],
      ['router-authorization', 'a-credential-of-the-client'],
      ['x-forwarded-for', '203.0.113.7'],
      ['cookie', 'session=1'],
    ] as const;
    const { headers } = await received([...twice, ...twice]);
    expect(Object.keys(headers).sort()).toEqual(ALWAYS);
    expect(headers['router-authorization']).toBe(ROUTER_SECRET);
    expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('is not less when the client calls the headers of the gateway hop-by-hop', async () => {
    const { headers } = await received([
      ['connection', [...ALWAYS, 'authorization', 'traceparent', 'user-agent'].join(', ')],
      ['keep-alive', 'router-authorization'],
      ['authorization', 'Bearer a.b.c'],
      ['traceparent', TRACEPARENT],
      ['user-agent', 'test/1.0'],
    ]);
    expect(Object.keys(headers).sort()).toEqual([...ALWAYS, 'authorization', 'traceparent', 'user-agent'].sort());
    expect(headers).toMatchObject({
      authorization: 'Bearer a.b.c',
      connection: 'keep-alive',
      'router-authorization': ROUTER_SECRET,
      'x-forwarded-for': '127.0.0.1',
    });
  });

  it('is nothing of what comes behind the body', async () => {
    const trailers = { ...Object.fromEntries(HOSTILE), authorization: 'Bearer a.b.c', traceparent: TRACEPARENT };
    await new Promise((resolve, reject) => {
      const outgoing = request(`${direct.url}/graphql`, {
        method: 'POST',
        agent: false,
        headers: { 'content-type': 'application/json', trailer: Object.keys(trailers).join(', ') },
      });
      outgoing.on('error', reject).on('response', (response) => response.resume().on('end', resolve));
      outgoing.write(QUERY);
      outgoing.addTrailers(trailers);
      outgoing.end();
    });
    const { headers, body } = subgraph.requests.at(-1) ?? {};
    expect(Object.keys(headers ?? {}).sort()).toEqual(ALWAYS);
    expect(headers?.['router-authorization']).toBe(ROUTER_SECRET);
    expect(body).toContain('hello');
  });

  it.each(['\u0080', 'é', '\t', '"'])(
    'is a header with an unusual sign, or none, and the client is answered: %j',
    async (sign) => {
      const { headers } = await received([
        ['authorization', `Bearer ${sign}a`],
        ['user-agent', `test${sign}/1.0`],
        ['x-request-id', `a${sign}b`],
        ['traceparent', TRACEPARENT.replace('-', sign)],
      ]);
      expect(
        Object.keys(headers)
          .filter((name) => !ALWAYS.includes(name))
          .sort(),
      ).toEqual(['authorization', 'user-agent']);
      expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    },
  );

  it('is nothing of names that some servers take for others', async () => {
    const { headers } = await received([
      ['router_authorization', 'x'],
      ['x_forwarded_for', '203.0.113.7'],
      ['Router-Authorization', 'x'],
      ['X-FORWARDED-FOR', '203.0.113.7'],
      ['X-Forwarded-For-', '203.0.113.7'],
      ['__proto__', 'x'],
      ['constructor', 'x'],
    ]);
    expect(Object.keys(headers).sort()).toEqual(ALWAYS);
    expect(headers['router-authorization']).toBe(ROUTER_SECRET);
    expect(headers['x-forwarded-for']).toBe('127.0.0.1');
  });

  it('is nothing of 12 KB of other headers', async () => {
    const many = Array.from({ length: 200 }, (_, index) => [`x-header-${String(index)}`, 'x'.repeat(45)] as const);
    expect(Object.keys((await received([...many, ...HOSTILE])).headers).sort()).toEqual(ALWAYS);
  });

  it('is the address that the trusted proxy has seen, and not what the client claims', async () => {
    const spoofed = await received([['x-forwarded-for', '198.51.100.1, 203.0.113.7']], behindProxy);
    expect(spoofed.headers['x-forwarded-for']).toBe('203.0.113.7');
    const mapped = await received([['x-forwarded-for', '::FFFF:203.0.113.7']], behindProxy);
    expect(mapped.headers['x-forwarded-for']).toBe('203.0.113.7');
    const version6 = await received([['x-forwarded-for', '2001:DB8:0:0::1']], behindProxy);
    expect(version6.headers['x-forwarded-for']).toBe('2001:db8::1');
    const noAddress = await received([['x-forwarded-for', 'unknown']], behindProxy);
    expect(noAddress.headers).not.toHaveProperty('x-forwarded-for');
    const scoped = await received([['x-forwarded-for', 'fe80::1%eth0']], behindProxy);
    expect(scoped.headers['x-forwarded-for'] ?? '').not.toContain(',');
  });

  it.each([
    '00-00000000000000000000000000000000-00f067aa0ba902b7-01',
    '00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01',
    `${TRACEPARENT}-extra`,
    'ff-x',
    TRACEPARENT.toUpperCase(),
  ])('is no malformed traceparent: %s', async (traceparent) => {
    expect((await received([['traceparent', traceparent]])).headers).not.toHaveProperty('traceparent');
  });

  it('is a token that every subgraph refuses when there are two', async () => {
    const { headers } = await received([
      ['authorization', 'Bearer a.b.c'],
      ['authorization', 'Bearer d.e.f'],
    ]);
    expect(headers.authorization).toBe('Ambiguous');
  });

  it('is the Authorization header as received, even when it is no token', async () => {
    expect((await received([['authorization', '']])).headers).toHaveProperty('authorization', '');
    expect((await received([['authorization', 'Basic eDp5']])).headers.authorization).toBe('Basic eDp5');
  });

  it('is at most 512 characters of the user agent', async () => {
    expect((await received([['user-agent', 'x'.repeat(2_000)]])).headers['user-agent']).toBe('x'.repeat(512));
  });

  it('is one request id, which the client gets back', async () => {
    for (const id of [REQUEST_ID, REQUEST_ID.toUpperCase(), REQUEST_ID.replaceAll('-', ''), ULID]) {
      const given = await received([['x-request-id', id]]);
      expect(given.headers['x-request-id']).toBe(id);
      expect(given.answer.headers['x-request-id']).toBe(id);
    }
    const ofOtherForms = [
      `${REQUEST_ID}0`,
      `{${REQUEST_ID}}`,
      REQUEST_ID.replace('-', ''),
      `8${ULID.slice(1)}`,
      `${ULID}0`,
    ];
    for (const unacceptable of ['two words', '<script>', 'correct-horse-battery-staple', 'hunter2', ...ofOtherForms]) {
      const made = await received([['x-request-id', unacceptable]]);
      expect(made.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
      expect(made.answer.headers['x-request-id']).toBe(made.headers['x-request-id']);
    }
  });

  it('is the operation and its variables, and no extensions of the client', async () => {
    await rawPost(
      `${direct.url}/graphql`,
      [],
      JSON.stringify({ query: 'query Q { hello }', extensions: { secret: 1 }, unknown: 2 }),
    );
    const body: unknown = JSON.parse(subgraph.requests.at(-1)?.body ?? '{}');
    expect(body).toEqual({ query: expect.any(String), operationName: expect.any(String), variables: {} });
  });
});
