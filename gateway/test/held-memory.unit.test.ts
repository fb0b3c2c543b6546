import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../../tests/harness/eventually.js';
import { startGateway, type TestGateway } from './support/gateway.js';
import { startSubgraph } from './support/subgraph-server.js';

const SDL = 'type Query { hello: String }';
const HEAD = 'POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n';
const QUERY = JSON.stringify({ query: '{ hello }' });
const MIB = 1_024 * 1_024;
/** As long as they may be, so that few of them are enough. */
const BODY_LIMIT = MIB / 2;
const MAX_BODIES = 128;

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function start(): Promise<TestGateway> {
  const subgraph = await startSubgraph(SDL, { Query: { hello: () => 'x'.repeat(MIB) } });
  const gateway = await startGateway([{ name: 'greeter', sdl: SDL, url: subgraph.url }], {
    bodyLimitBytes: BODY_LIMIT,
    // Calls that are refused because this process is busy would leave too little to hold.
    subgraphTimeoutMs: 20_000,
    requestTimeoutMs: 20_000,
  });
  cleanups.push(gateway.stop, subgraph.stop);
  return gateway;
}

/** Connections that read nothing, one after the other. */
async function connectTo({ url }: TestGateway, count: number, text: string): Promise<readonly Socket[]> {
  const sockets: Socket[] = [];
  while (sockets.length < count) {
    const socket = connect(Number(new URL(url).port), '127.0.0.1').pause();
    cleanups.unshift(() => socket.destroy());
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.write(text);
    sockets.push(socket);
  }
  return sockets;
}

/** Who does not read hears of the end of a connection when it writes; line breaks are allowed before a request. */
function isClosed(socket: Socket): boolean {
  if (!socket.destroyed) socket.write('\r\n');
  return socket.destroyed;
}

describe('what the gateway holds for slow clients is bounded', () => {
  it('by disconnecting those whose bodies have been unfinished for longest', async () => {
    const gateway = await start();
    const sockets = await connectTo(gateway, MAX_BODIES + 10, `${HEAD}content-length: ${String(BODY_LIMIT)}\r\n\r\n{`);
    await eventually('the first ones are closed', () => Promise.resolve(sockets.slice(0, 10).every(isClosed)));
    expect((await gateway.send({ query: '{ __typename }' })).status).toBe(200);
    expect(sockets.slice(10).filter(isClosed)).toEqual([]);
  });

  it('by disconnecting those who have not read their answers for longest', async () => {
    const gateway = await start();
    // Operating systems keep some MiB of each.
    const pipelined = `${HEAD}content-length: ${String(QUERY.length)}\r\n\r\n${QUERY}`.repeat(20);
    const [first, ...others] = await connectTo(gateway, 12, pipelined);
    await eventually('the first one is closed', () => Promise.resolve(first !== undefined && isClosed(first)));
    expect((await gateway.send({ query: '{ __typename }' })).status).toBe(200);
    expect(others.slice(-3).filter(isClosed)).toEqual([]);
  });
});
