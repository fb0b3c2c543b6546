import { once } from 'node:events';
import { connect } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../../tests/harness/eventually.js';
import { bodyOf, startGateway, type TestGateway } from './support/gateway.js';
import { metricOf } from './support/metrics.js';
import { startSubgraph, type SubgraphServer } from './support/subgraph-server.js';

const SDL = 'type Query { hello: String }';
const QUERY = JSON.stringify({ query: '{ hello }' });
const LIMIT = 65_536;
const UNFINISHED = 400;
/** What unpacks takes 15 KiB that Node.js knows of, and more that it does not. */
const MAX_BYTES_EACH = 5 * 1_024;

describe('a compressed body', () => {
  let subgraph: SubgraphServer;
  let gateway: TestGateway;

  beforeAll(async () => {
    subgraph = await startSubgraph(SDL, { Query: { hello: () => 'hello' } });
    gateway = await startGateway([{ name: 'greeter', sdl: SDL, url: subgraph.url }], {
      bodyLimitBytes: LIMIT,
      admin: { host: '127.0.0.1', port: 0, portVariable: 'ADMIN_PORT' },
    });
  });

  afterAll(async () => {
    await gateway.stop();
    await subgraph.stop();
  });

  async function post(body: Buffer, encoding: string) {
    const response = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-encoding': encoding },
      body,
    });
    const { data, errors = [] } = await bodyOf(response);
    return { status: response.status, data, codes: errors.map(({ extensions }) => extensions['code']) };
  }

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('is read: %s', async (encoding, pack) => {
    expect(await post(pack(QUERY), encoding)).toEqual({ status: 200, data: { hello: 'hello' }, codes: [] });
  });

  const longQuery = (length: number) => QUERY.replace('{ hello }', `{ hello }${' '.repeat(length - QUERY.length)}`);

  it.each([
    ['as long as it may be', gzipSync(longQuery(LIMIT)), 200],
    ['too long by a byte', gzipSync(longQuery(LIMIT + 1)), 413],
    ['a bomb', gzipSync(Buffer.alloc(50_000_000)), 413],
    ['too long as it is sent', Buffer.alloc(LIMIT + 1), 413],
    ['garbage', Buffer.from('garbage'), 400],
    ['cut off', gzipSync(QUERY).subarray(0, -12), 400],
    ['no JSON', gzipSync('{"query"'), 400],
    ['no object', gzipSync('"text"'), 400],
  ])('that is %s', async (_what, body, status) => {
    const answer = await post(body, 'gzip');
    expect(answer.status).toBe(status);
    expect(answer.codes).toEqual(status === 200 ? [] : ['BAD_USER_INPUT']);
  });

  it('takes no more memory than its bytes while the rest of it does not come', async () => {
    const packed = gzipSync(QUERY);
    const before = process.memoryUsage().external;
    const sockets = await Promise.all(
      Array.from({ length: UNFINISHED }, async () => {
        const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
        await once(socket, 'connect');
        socket.write(
          `POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\ncontent-length: ${String(packed.length)}\r\n\r\n`,
        );
        socket.write(packed.subarray(0, -1));
        return socket;
      }),
    );
    const underWay = () => metricOf(gateway, 'identity_gateway_requests_under_way');
    await eventually('all have arrived', async () => (await underWay()) === UNFINISHED);
    // Behind all of them, as requests are taken in their order.
    await gateway.send({ query: '{ __typename }' });
    expect(process.memoryUsage().external - before).toBeLessThan(UNFINISHED * MAX_BYTES_EACH);
    for (const socket of sockets) socket.destroy();
  });
});
