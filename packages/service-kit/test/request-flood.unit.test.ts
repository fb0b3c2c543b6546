import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../../../tests/harness/eventually.js';
import { createHttpServer, listen } from '../src/http-server.js';

const MAX_PIPELINED = 100;
const MAX_UNANSWERED = 20;
const REQUEST = 'GET / HTTP/1.1\r\nhost: localhost\r\n\r\n';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

/** A server that answers when the test says. */
async function start(maxUnanswered: number) {
  const held: ServerResponse[] = [];
  const server = createHttpServer((_request, response) => void held.push(response), { maxUnanswered });
  const url = await listen(server, { host: '127.0.0.1', port: 0, portVariable: 'PORT' });
  cleanups.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { held, url };
}

/** A connection, and what has come by it. */
async function connectTo(url: string): Promise<{ readonly socket: Socket; received(): string }> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  cleanups.push(() => socket.destroy());
  socket.on('error', () => undefined);
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  await once(socket, 'connect');
  return { socket, received: () => text };
}

const finish = (response: ServerResponse): unknown => response.end('done');

describe('a flood of requests', () => {
  it('on one connection ends it, and reaches nobody beyond what may wait there', async () => {
    const { held, url } = await start(10_000);
    const { socket } = await connectTo(url);
    const closed = once(socket, 'close');
    socket.write(REQUEST.repeat(1_000));
    await closed;
    expect(held).toHaveLength(MAX_PIPELINED + 1);
    const other = await connectTo(url);
    other.socket.write(REQUEST);
    await eventually('another connection is served', () => Promise.resolve(held.length === MAX_PIPELINED + 2));
  });

  it('that is within that is answered in its order', async () => {
    const { held, url } = await start(10_000);
    const { socket, received } = await connectTo(url);
    const answered = () => received().match(/done/g)?.length ?? 0;
    for (const rounds of [1, 2]) {
      socket.write(REQUEST.repeat(MAX_PIPELINED + 1));
      await eventually('all have arrived', () => Promise.resolve(held.length === MAX_PIPELINED + 1));
      held.splice(0).reverse().forEach(finish);
      await eventually('all are answered', () => Promise.resolve(answered() === rounds * (MAX_PIPELINED + 1)));
    }
    expect(socket.readyState).toBe('open');
  });

  it('on many connections is told to come back, at once, until others have been answered', async () => {
    const { held, url } = await start(MAX_UNANSWERED);
    const waiting = Array.from({ length: MAX_UNANSWERED }, () => fetch(url));
    await eventually('as many as may wait', () => Promise.resolve(held.length === MAX_UNANSWERED));
    const refused = await fetch(url);
    expect([refused.status, refused.headers.get('retry-after'), refused.headers.get('connection')]).toEqual([
      503,
      '1',
      'close',
    ]);
    expect(await refused.json()).toMatchObject({ errors: [{ extensions: { code: 'SERVICE_UNAVAILABLE' } }] });
    held.splice(0).forEach(finish);
    for (const response of await Promise.all(waiting)) expect(await response.text()).toBe('done');

    const next = fetch(url);
    await eventually('there is room again', () => Promise.resolve(held.length === 1));
    held.splice(0).forEach(finish);
    expect((await next).status).toBe(200);
  });
});
