import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it } from '@jest/globals';
import { startGateway } from './support/gateway.js';
import { metricOf } from './support/metrics.js';
import { startServer, startSubgraph } from './support/subgraph-server.js';

const SDL = 'scalar JSON type Query { json: JSON }';
/** As many as an answer may have: nothing takes more memory than its text does. */
const OBJECTS = 130_000;
const DATA = { json: Array.from({ length: OBJECTS }, () => ({})) };
const DENIED = { message: 'You may not see or do this.', path: ['json'], extensions: { code: 'FORBIDDEN' } };
const QUERY = { query: '{ json }' };
const CONNECTIONS = 12;
/** As many objects as a body may hold, for a mebibyte. */
const REQUEST_OBJECTS = 20_000;
const REQUESTS = 80;
/** Of all answers, of which each takes 7 MiB when it has been read, and of all requests. */
const MAX_BYTES = 40 * 1_024 * 1_024;

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

/** What is in use of the heap after a collection. */
function collectedHeap(): number {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect !== 'function') throw new Error('there is no gc');
  Reflect.apply(collect, undefined, []);
  return process.memoryUsage().heapUsed;
}

/** Sends a request and reads an answer of that length; the connection stays open. */
async function send(url: string, request: object, length: number): Promise<Socket> {
  const body = JSON.stringify(request);
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  cleanups.push(() => socket.destroy());
  socket.write(
    `POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${String(body.length)}\r\n\r\n${body}`,
  );
  let received = 0;
  socket.on('data', (chunk: Buffer) => (received += chunk.length));
  while (received < length) await once(socket, 'data');
  return socket;
}

describe('an answer', () => {
  it.each([
    { how: 'of a known query', compilePlans: true, answer: { data: DATA }, known: CONNECTIONS },
    {
      how: 'of a known query of which something is missing',
      compilePlans: true,
      answer: { data: DATA, errors: [DENIED] },
      known: 0,
    },
    { how: 'of Apollo Server', compilePlans: false, answer: { data: DATA }, known: 0 },
  ])('$how is not kept while its connection is open', async ({ compilePlans, answer, known }) => {
    const text = JSON.stringify(answer);
    const subgraph = await startServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(text);
    });
    const gateway = await startGateway([{ name: 'only', sdl: SDL, url: subgraph.url }], {
      compilePlans,
      admin: { host: '127.0.0.1', port: 0, portVariable: 'ADMIN_PORT' },
    });
    cleanups.push(gateway.stop, subgraph.stop);
    await send(gateway.url, QUERY, text.length);
    const before = collectedHeap();
    const sockets: Socket[] = [];
    while (sockets.length < CONNECTIONS) sockets.push(await send(gateway.url, QUERY, text.length));

    expect(collectedHeap() - before).toBeLessThan(MAX_BYTES);
    expect(sockets.map(({ readyState }) => readyState)).toEqual(sockets.map(() => 'open'));
    expect(await metricOf(gateway, 'identity_gateway_known_queries_total')).toBe(known);
  });

  it('leaves nothing of its request, neither with the connection nor with the plan', async () => {
    const subgraph = await startSubgraph(SDL, { Query: { json: () => 1 } });
    const gateway = await startGateway([{ name: 'only', sdl: SDL, url: subgraph.url }]);
    cleanups.push(gateway.stop, subgraph.stop);
    const variables = { yes: true, undeclared: DATA.json.slice(0, REQUEST_OBJECTS) };
    const sendAnother = async (count: number) => {
      const query = `query ($yes: Boolean!) { n${String(count)}: json @include(if: $yes) }`;
      await send(gateway.url, { query, variables }, '{"data":{"n0":1}}'.length);
    };
    await sendAnother(0);
    const before = collectedHeap();
    for (let count = 1; count <= REQUESTS; count += 1) await sendAnother(count);
    expect(collectedHeap() - before).toBeLessThan(MAX_BYTES);
  });
});
