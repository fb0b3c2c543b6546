import type { ServerResponse } from 'node:http';
import { createLogger } from '@identity/service-kit/logger';
import { afterEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../../tests/harness/eventually.js';
import { guardTransport } from '../src/guarded-transport.js';
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
  return post(body, { 'content-type': 'application/json' }, false, TIMEOUT_MS, () => true);
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
    const first = query(transport);
    await eventually('the first has arrived', () => Promise.resolve(held.length === 1));
    held.splice(0).forEach(ok);
    await first;
    const asked = times(64, () => query(transport));
    await eventually('all have arrived', () => Promise.resolve(held.length === 64));
    expect(server.connections()).toBeGreaterThanOrEqual(8);
    expect(server.connections()).toBeLessThan(64);
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
      times(20, () => transport.post('{}', { 'content-type': 'application/json' }, true, TIMEOUT_MS, () => true)),
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
    const late = transport.post('{"is":"never"}', { 'content-type': 'application/json' }, false, 100, () => true);
    const behind = times(7, () => query(transport));
    await expect(late).rejects.toThrow('no answer within 100 ms');
    expect(await Promise.all(behind)).toHaveLength(7);
  });

  it('are not shared before it has shown that it keeps them open', async () => {
    const { server, transport } = await start((_request, response) => {
      response.setHeader('connection', 'close');
      ok(response);
    });
    for (let round = 0; round < 3; round += 1) await Promise.all(times(16, () => query(transport)));
    expect(server.requests).toHaveLength(3 * 16);
  });
});

describe('queries that share connections with others that fail', () => {
  const QUERIES = 32;
  const bodies = Array.from({ length: QUERIES }, (_unused, index) => `{"number":${String(index)}}`);

  /** A subgraph that has answered once, and behaves as told from then on. */
  async function startWarm(answer: (response: ServerResponse) => void) {
    let isWarm = false;
    const started = await start((_request, response) => {
      if (isWarm) answer(response);
      else ok(response);
    });
    await query(started.transport);
    isWarm = true;
    return started;
  }

  function timesSent({ requests }: SubgraphServer): readonly number[] {
    return bodies.map((body) => requests.filter((request) => request.body === body).length);
  }

  it.each([
    ['with a length', (response: ServerResponse) => response.end('<p>Bad gateway</p>')],
    [
      'in pieces',
      (response: ServerResponse) => {
        response.write('<p>Bad');
        response.end(' gateway</p>');
      },
    ],
  ])('are sent once when every answer is no JSON, %s', async (_name, end) => {
    const { server, transport } = await startWarm((response) => {
      end(response.writeHead(502, { 'content-type': 'text/html' }));
    });
    for (const outcome of await Promise.allSettled(bodies.map((body) => query(transport, body))))
      expect(outcome).toMatchObject({ status: 'rejected', reason: { message: expect.stringContaining('502') } });
    expect(timesSent(server)).toEqual(bodies.map(() => 1));
  });

  it('are sent twice at most when every connection is cut', async () => {
    let isCutting = true;
    const { server, transport } = await startWarm((response) => {
      if (isCutting) response.destroy();
      else ok(response);
    });
    const outcomes = await Promise.allSettled(bodies.map((body) => query(transport, body)));
    expect(outcomes.map(({ status }) => status)).toEqual(bodies.map(() => 'rejected'));
    expect(Math.max(...timesSent(server))).toBe(2);
    isCutting = false;
    await query(transport);
  });

  it('are sent twice at most when no answer comes, which opens the circuit', async () => {
    const { server, transport } = await startWarm(() => undefined);
    const guarded = guardTransport(
      { ...transport, close: () => Promise.resolve() },
      {
        queryTimeoutMs: 1_000,
        mutationTimeoutMs: 1_000,
        maxWaiting: 0,
        subgraph: 'silent',
        logger: createLogger({ level: 'silent' }),
      },
    );
    cleanups.push(() => guarded.close());
    const now = performance.now();
    const outcomes = await Promise.allSettled(
      bodies.map((body, index) =>
        guarded.post(body, { 'content-type': 'application/json' }, false, now + 600 + 10 * index, () => true),
      ),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(bodies.map(() => 'rejected'));
    expect(Math.max(...timesSent(server))).toBe(2);
    expect(guarded.isCircuitOpen()).toBe(true);
  });
});
