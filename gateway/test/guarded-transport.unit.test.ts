import { createLogger } from '@identity/service-kit/logger';
import { describe, expect, it } from '@jest/globals';
import { guardTransport } from '../src/guarded-transport.js';
import type { HttpTransport, TransportAnswer } from '../src/subgraph-transport.js';

/** What a call may take, and of which it may wait for a third. */
const CALL_MS = 30_000;
/** What is left of the time of a request. */
const LEFT_MS = 20;

const ANSWER: TransportAnswer = { status: 200, challenge: null, setCookies: [], body: {} };

/** A guard before two connections, on which calls are under way until the test ends them. */
function start() {
  const held: (() => void)[] = [];
  const transport: HttpTransport = {
    connections: 2,
    post: () =>
      new Promise((resolve) => {
        held.push(() => {
          resolve(ANSWER);
        });
      }),
    probe: () => Promise.resolve(),
    usage: () => ({ used: held.length, idle: 0 }),
    close: () => Promise.resolve(),
  };
  const guarded = guardTransport(transport, {
    queryTimeoutMs: CALL_MS,
    mutationTimeoutMs: CALL_MS,
    maxWaiting: 10,
    subgraph: 'a test',
    logger: createLogger({ level: 'silent' }),
  });
  return { held, guarded };
}

describe('a call that waits for a connection', () => {
  it.each([
    { what: 'a query', isMutation: false, connections: 2 },
    { what: 'a mutation', isMutation: true, connections: 1 },
  ])('gives up when its request has had its time, whatever $what may take', async ({ isMutation, connections }) => {
    const { held, guarded } = start();
    const call = (leftMs: number) => guarded.post('', {}, isMutation, performance.now() + leftMs, () => true);
    const underWay = Array.from({ length: connections }, () => call(CALL_MS));
    const startedAt = performance.now();
    await expect(call(LEFT_MS)).rejects.toMatchObject({ reason: 'waited_too_long' });
    expect(performance.now() - startedAt).toBeLessThan(CALL_MS / 6);
    expect(guarded.usage()).toMatchObject({ used: connections, waiting: 0 });
    for (const end of held) end();
    expect(await Promise.all(underWay)).toEqual(underWay.map(() => ANSWER));
  });
});
