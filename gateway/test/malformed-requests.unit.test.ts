import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startGateway, type TestGateway } from './support/gateway.js';
import { operatorsUrl } from './support/metrics.js';
import { startSubgraph, type SubgraphServer } from './support/subgraph-server.js';

const SDL = 'type Query { hello: String }';
const QUERY = '{"query":"{ hello }"}';
const END_LINES = 'HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n';
const HEAD_LINES = 'host: localhost\r\ncontent-type: application/json\r\n';
const HEAD = `POST /graphql HTTP/1.1\r\n${HEAD_LINES}`;

describe('what is no readable HTTP request', () => {
  let subgraph: SubgraphServer;
  let gateway: TestGateway;

  beforeAll(async () => {
    subgraph = await startSubgraph(SDL, { Query: { hello: () => 'hello' } });
    gateway = await startGateway([{ name: 'greeter', sdl: SDL, url: subgraph.url }], {
      admin: { host: '127.0.0.1', port: 0, portVariable: 'ADMIN_PORT' },
    });
  });

  afterAll(async () => {
    await gateway.stop();
    await subgraph.stop();
  });

  /** Sends bytes as they are; resolves with all that comes back until the server closes the connection. */
  async function exchange(text: string, url = gateway.url): Promise<string> {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    let received = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (received += chunk));
    // Where the server stops to read, what is still being sent breaks the pipe.
    socket.on('error', () => undefined);
    socket.write(text);
    await once(socket, 'close');
    return received;
  }

  it.each<readonly [string, string, number]>([
    ['a line of garbage', 'garbage\r\n\r\n', 400],
    ['a method that does not exist', `FOO /graphql HTTP/1.1\r\nhost: localhost\r\n\r\n`, 400],
    ['another protocol', '\u0016\u0003\u0001\u0002\u0000', 400],
    ['no host', 'GET /graphql HTTP/1.1\r\nconnection: close\r\n\r\n', 400],
    ['two hosts', 'GET /graphql HTTP/1.1\r\nhost: a\r\nhost: b\r\nconnection: close\r\n\r\n', 400],
    ['an address without a host and a path', `GET http:// ${END_LINES}`, 400],
    ['half an address', `GET http://[ ${END_LINES}`, 400],
    ['an address whose host is none', `POST http://[/graphql ${END_LINES}`, 400],
    ['an address of another kind', `GET a:// ${END_LINES}`, 400],
    ['no path at all', `OPTIONS * ${END_LINES}`, 404],
    ['a header that is none', `${HEAD}no colon\r\n\r\n`, 400],
    ['a header with a line break in its name', `${HEAD}a\rb: c\r\n\r\n`, 400],
    ['a header with a zero byte', `${HEAD}a: b\u0000c\r\n\r\n`, 400],
    ['two lengths', `${HEAD}content-length: 5\r\ncontent-length: 6\r\n\r\n12345`, 400],
    ['a length and pieces', `${HEAD}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`, 400],
    ['a negative length', `${HEAD}content-length: -5\r\n\r\n`, 400],
    ['a broken piece of the body', `${HEAD}transfer-encoding: chunked\r\n\r\nzz\r\n`, 400],
    ['100 KB of a header', `${HEAD}x-user-id: ${'x'.repeat(100_000)}\r\n\r\n`, 431],
    ['100 KB of headers', `${HEAD}${'a: b\r\n'.repeat(17_000)}\r\n`, 431],
    ['100 KB of an address', `GET /graphql?query=${'x'.repeat(100_000)} HTTP/1.1\r\nhost: localhost\r\n\r\n`, 431],
    ['an expectation', `${HEAD}expect: miracles\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`, 417],
  ])('is answered with JSON: %s', async (_what, text, status) => {
    const calls = subgraph.requests.length;
    const [head = '', body = ''] = (await exchange(text)).split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${String(status)} `));
    expect(head.toLowerCase()).toContain('content-type: application/json; charset=utf-8');
    expect(JSON.parse(body)).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
    expect(subgraph.requests).toHaveLength(calls);
  });

  it.each(['http://', 'http://[', 'http://[/metrics'])(
    'is answered with JSON also to operators: %s',
    async (target) => {
      const answer = await exchange(`GET ${target} ${END_LINES}`, operatorsUrl(gateway));
      expect(answer).toMatch(/^HTTP\/1\.1 400 [^]*application\/json[^]*"BAD_USER_INPUT"/);
    },
  );

  it('is not an address with its host, as a proxy is sent it', async () => {
    const head = `POST http://localhost/graphql?a=b HTTP/1.1\r\n${HEAD_LINES}connection: close\r\n`;
    const answer = await exchange(`${head}content-length: ${String(QUERY.length)}\r\n\r\n${QUERY}`);
    expect(answer).toMatch(/^HTTP\/1\.1 200 [^]*\r\n\r\n{"data":{"hello":"hello"}}\n$/);
  });

  it.each(['CONNECT example.com:80', 'CONNECT /graphql', 'CONNECT http://example.com/'])(
    'opens no tunnel and shows no page: %s',
    async (line) => {
      const calls = subgraph.requests.length;
      const answer = await exchange(`${line} HTTP/1.1\r\nhost: example.com\r\n\r\n${HEAD}\r\n`);
      expect(answer).not.toMatch(/^HTTP\/1\.1 2|<html|<pre/i);
      expect(subgraph.requests).toHaveLength(calls);
    },
  );

  it('does not answer for the request before it on the same connection', async () => {
    const request = `${HEAD}content-length: ${String(QUERY.length)}\r\n\r\n${QUERY}`;
    expect(await exchange(`${request}garbage\r\n\r\n`)).not.toMatch(/HTTP\/1\.1 400/);
  });

  it('does not keep the next client from being answered', async () => {
    expect((await gateway.send({ query: '{ hello }' })).body).toEqual({ data: { hello: 'hello' } });
  });
});
