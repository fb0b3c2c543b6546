import { once } from 'node:events';
import { createBackgroundTask } from '@identity/service-kit/background-task';
import { createLogger } from '@identity/service-kit/logger';
import { describe, expect, test } from '@jest/globals';

/** A promise, and the way to fulfil it. */
function signalled(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  const emitter = new AbortController();
  const promise = once(emitter.signal, 'abort').then(() => undefined);
  return { promise, resolve: () => emitter.abort() };
}

function startTask(run: (signal: AbortSignal) => Promise<void>) {
  const logs: string[] = [];
  const logger = createLogger({ level: 'info', destination: { write: (line) => void logs.push(line) } });
  const task = createBackgroundTask({ name: 'a test', run, intervalMs: 1, logger });
  task.start();
  return { task, logs };
}

describe('a background task', () => {
  test('is done again and again, whatever fails, and logs a failure once until it succeeds', async () => {
    const outcomes = ['ok', 'fails', 'fails', 'ok', 'fails', 'ok'];
    const done = signalled();
    const { task, logs } = startTask(async () => {
      const outcome = outcomes.shift();
      if (outcome === undefined) done.resolve();
      if (outcome === 'fails') throw new Error('for a reason');
    });
    await done.promise;
    await task.stop();
    expect(outcomes).toEqual([]);
    expect(logs).toHaveLength(2);
    expect(logs[0]).toContain('"task":"a test"');
  });

  test('tells its work to end, waits for that, and does not begin again', async () => {
    const events: string[] = [];
    const begun = signalled();
    const { task } = startTask(async (signal) => {
      events.push('begins');
      begun.resolve();
      await once(signal, 'abort');
      events.push('ends');
    });
    await begun.promise;
    await task.stop();
    expect(events).toEqual(['begins', 'ends']);
    await task.stop();
    expect(events).toEqual(['begins', 'ends']);
  });
});
