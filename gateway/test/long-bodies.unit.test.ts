import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { startGateway, type TestGateway } from './support/gateway.js';
import { startSubgraph, type SubgraphServer } from './support/subgraph-server.js';

const SDL = 'type Query { hello: String }';
const QUERY = '{"query":"{ hello }"}';
const LIMIT = 2_048;
/** More than any machine sends until it is closed. */
const ENDLESS = 99_999_999_999_999;

describe('a body that says it is too long', () => {
  let subgraph: SubgraphServer;
  let gateway: TestGateway;

  beforeAll(async () => {
    subgraph = await startSubgraph(SDL, { Query: { hello: () => 'hello' } });
    gateway = await startGateway([{ name: 'greeter', sdl: SDL, url: subgraph.url }], { bodyLimitBytes: LIMIT });
  });

  afterAll(async () => {
    await gateway.stop();
    await subgraph.stop();
  });

  function open(): Socket {
    const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1').setEncoding('utf8');
    return socket.on('error', () => undefined);
  }

  function headOf(length: number, ...lines: readonly string[]): string {
    const type = 'content-type: application/json';
    const head = ['POST /graphql HTTP/1.1', 'host: a', type, `content-length: ${String(length)}`, ...lines];
    return `${head.join('\r\n')}\r\n\r\n`;
  }

  /** The next that comes. */
  async function read(socket: Socket): Promise<string> {
    return z.tuple([z.string()]).parse(await once(socket, 'data'))[0];
  }

  it.each<readonly [string, readonly string[]]>([
    ['', []],
    [' by a client that waits to be told to go on', ['expect: 100-continue']],
    [' and is compressed', ['content-encoding: gzip']],
    [' and is of an unknown type', ['content-encoding: zip']],
  ])('is refused before it comes%s', async (_how, lines) => {
    const socket = open();
    socket.write(headOf(99_999_999_999_999, ...lines));
    const [head = '', body = ''] = (await read(socket)).split('\r\n\r\n');
    socket.destroy();
    expect(head).toMatch(/^HTTP\/1\.1 413 /);
    expect(head.toLowerCase()).toContain('\r\ncontent-type: application/json; charset=utf-8');
    expect(head.toLowerCase()).toContain('\r\nconnection: close');
    expect(JSON.parse(body)).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
  });

  it('has its connection closed although it goes on', async () => {
    const socket = open().resume();
    socket.write(headOf(ENDLESS));
    await expect(pipeline(Readable.from(pieces(ENDLESS)), socket)).rejects.toThrow();
  });

  it('has its answer read by a client that sends it to its end', async () => {
    for (let time = 1; time <= 50; time += 1) {
      const response = await fetch(`${gateway.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: 'x'.repeat(200_000),
      });
      expect({ time, status: response.status }).toEqual({ time, status: 413 });
      await response.text();
    }
  });

  it('is no body that fits, which a client may wait with', async () => {
    const socket = open();
    socket.write(headOf(QUERY.length, 'expect: 100-continue', 'connection: close'));
    expect(await read(socket)).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    socket.write(QUERY);
    expect(await read(socket)).toMatch(/^HTTP\/1\.1 200 /);
    socket.destroy();
  });
});

function* pieces(length: number): Generator<Buffer> {
  const piece = Buffer.alloc(65_536);
  for (let sent = 0; sent < length; sent += piece.length) yield piece;
}
