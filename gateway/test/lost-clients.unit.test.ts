import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { eventually } from '../../tests/harness/eventually.js';
import { startGateway, type TestGateway } from './support/gateway.js';
import { startServer, startSubgraph } from './support/subgraph-server.js';

// A connection has to be silent for some seconds.
jest.setTimeout(60_000);

const SDL = 'type Query { hello: String }';
const QUERY = { query: '{ hello }' };
const OTHER_QUERY = { query: '{ __typename }' };
const PLACES = 10;

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function startBefore(url: string): Promise<TestGateway> {
  const gateway = await startGateway([{ name: 'greeter', sdl: SDL, url }], {
    maxConcurrentRequests: PLACES,
    subgraphTimeoutMs: 900,
    requestTimeoutMs: 1_000,
  });
  cleanups.unshift(gateway.stop);
  return gateway;
}

/** A connection of a client that will not wait for an answer. */
async function connectTo({ url }: TestGateway) {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  await once(socket, 'connect');
  return socket.on('error', () => undefined);
}

function post(body: Buffer, ...headers: readonly string[]): Buffer {
  const head = [
    'POST /graphql HTTP/1.1',
    'host: localhost',
    'content-type: application/json',
    `content-length: ${String(body.length)}`,
    ...headers,
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]);
}

const PLAIN = post(Buffer.from(JSON.stringify(QUERY)));
const COMPRESSED = post(gzipSync(JSON.stringify(QUERY)), 'content-encoding: gzip');

async function expectAllPlaces(gateway: TestGateway): Promise<void> {
  await eventually('nobody is turned away', async () => (await gateway.send(QUERY)).status === 200);
  const answers = await Promise.all(Array.from({ length: PLACES }, () => gateway.send(QUERY)));
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
}

describe('a client that is gone before its answer takes no place for good', () => {
  it('when its body is compressed', async () => {
    const subgraph = await startSubgraph(SDL, { Query: { hello: () => 'hello' } });
    cleanups.push(subgraph.stop);
    const gateway = await startBefore(subgraph.url);
    for (let n = 0; n < 3 * PLACES; n += 1) (await connectTo(gateway)).end(COMPRESSED);
    await expectAllPlaces(gateway);
  });

  it('when its request waits behind another one on the same connection', async () => {
    const held: ServerResponse[] = [];
    let answers = (response: ServerResponse): void => void held.push(response);
    const subgraph = await startServer((_request, response) => {
      answers(response);
    });
    cleanups.push(subgraph.stop);
    const gateway = await startBefore(subgraph.url);
    const socket = await connectTo(gateway);
    socket.write(Buffer.concat(Array.from({ length: 3 * PLACES }, () => PLAIN)));
    await eventually('all places are taken', () => held.length === PLACES);
    expect((await gateway.send(QUERY)).status).toBe(503);

    socket.resetAndDestroy();
    answers = (response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":{"hello":"hello"}}');
    };
    held.forEach(answers);
    await expectAllPlaces(gateway);
  });

  it('when it reads none of the answers that it has asked for', async () => {
    const subgraph = await startSubgraph(SDL, { Query: { hello: () => 'x'.repeat(1_000_000) } });
    cleanups.push(subgraph.stop);
    const gateway = await startBefore(subgraph.url);
    const socket = (await connectTo(gateway)).pause();
    // More than what operating systems keep for who does not read.
    socket.write(Buffer.concat(Array.from({ length: 4 * PLACES }, () => PLAIN)));
    await eventually('all places are taken', async () => (await gateway.send(OTHER_QUERY)).status === 503);
    await eventually('nobody is turned away', async () => (await gateway.send(OTHER_QUERY)).status === 200);
    expect(socket.destroyed).toBe(false);
    socket.destroy();
  });
});
