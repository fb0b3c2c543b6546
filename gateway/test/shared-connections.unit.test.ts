import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../../tests/harness/eventually.js';
import { createHttpTransport, type HttpTransport } from '../src/subgraph-transport.js';
import { startServer, type ReceivedRequest, type SubgraphServer } from './support/subgraph-server.js';

const TIMEOUT_MS = 5_000;
/** Longer than a connection may be silent before others avoid it. */
const SILENCE_MS = 11;

const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function start(
  answer: (request: ReceivedRequest, response: ServerResponse) => void,
): Promise<{ readonly server: SubgraphServer; readonly transport: HttpTransport }> {
  const server = await startServer(answer);
  const transport = createHttpTransport(server.url, 4_000);
  cleanups.push(
    () => server.stop(),
    () => transport.close(),
  );
  return { server, transport };
}

const ok = (response: ServerResponse): void => {
  response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":{}}');
};

function query({ post }: HttpTransport, body = '{}'): Promise<unknown> {
  return post(body, { 'content-type': 'application/json' }, false, TIMEOUT_MS);
}

async function silence(): Promise<void> {
  const until = performance.now() + SILENCE_MS;
  await eventually('a connection has been silent', () => Promise.resolve(performance.now() > until));
}

const times = <T>(count: number, work: () => Promise<T>): Promise<T>[] => Array.from({ length: count }, work);

describe('the connections to a subgraph', () => {
  it('are few while it answers at once', async () => {
    const { server, transport } = await start((_request, response) => {
      ok(response);
    });
    await query(transport);
    for (let round = 0; round < 20; round += 1) await Promise.all(times(16, () => query(transport)));
    expect(server.connections()).toBeLessThan(16);
    expect(server.requests).toHaveLength(321);
  });

  it('have no more than eight queries on one', async () => {
    const held: ServerResponse[] = [];
    const { server, transport } = await start((_request, response) => void held.push(response));
    const asked = times(64, () => query(transport));
    await eventually('all have arrived', () => Promise.resolve(held.length === 64));
    expect(server.connections()).toBeGreaterThanOrEqual(8);
    held.forEach(ok);
    await Promise.all(asked);
    expect(transport.usage()).toEqual({ used: 0, idle: server.connections() });
  });

  it('that wait for something slow are left alone', async () => {
    const slow: ServerResponse[] = [];
    const { transport } = await start(({ body }, response) => {
      if (body.includes('slow')) slow.push(response);
      else ok(response);
    });
    const waiting = times(4, () => query(transport, '{"is":"slow"}'));
    await eventually('all wait', () => Promise.resolve(slow.length === 4));
    await silence();
    await Promise.all(times(16, () => query(transport)));
    expect(slow).toHaveLength(4);
    slow.forEach(ok);
    await Promise.all(waiting);
  });

  it('that break lose the query that broke them, and no other', async () => {
    const { server, transport } = await start(({ body }, response) => {
      if (body.includes('poison')) response.destroy();
      else ok(response);
    });
    await query(transport);
    const outcomes = await Promise.allSettled([
      query(transport, '{"is":"poison"}'),
      ...times(7, () => query(transport)),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', ...Array.from({ length: 7 }, () => 'fulfilled')]);
    expect(server.requests.filter(({ body }) => body.includes('poison'))).toHaveLength(1);
  });

  it('carry one mutation at a time, which is never sent again', async () => {
    let inFlight = 0;
    let most = 0;
    const { server, transport } = await start((_request, response) => {
      inFlight += 1;
      most = Math.max(most, inFlight / Math.max(1, server.connections()));
      setImmediate(() => {
        inFlight -= 1;
        response.destroy();
      });
    });
    const outcomes = await Promise.allSettled(
      times(20, () => transport.post('{}', { 'content-type': 'application/json' }, true, TIMEOUT_MS)),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 'rejected'));
    expect(server.requests).toHaveLength(20);
    expect(most).toBeLessThanOrEqual(1);
  });

  it('end a call that takes too long, and answer those behind it', async () => {
    const { transport } = await start(({ body }, response) => {
      if (!body.includes('never')) ok(response);
    });
    await query(transport);
    const late = transport.post('{"is":"never"}', { 'content-type': 'application/json' }, false, 100);
    const behind = times(7, () => query(transport));
    await expect(late).rejects.toThrow('no answer within 100 ms');
    expect(await Promise.all(behind)).toHaveLength(7);
  });
});
