import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from './logger.js';

/** Work that a service does again and again, and no request waits for. */
export interface BackgroundTask {
  start(): void;
  /** Resolves when the work under way has ended. Safe to call more than once, and before `start`. */
  stop(): Promise<void>;
}

/** What a task is made from. */
export interface BackgroundTaskOptions {
  /** What it does, for the log: "old sessions are removed". */
  readonly name: string;
  /** The work; it should end soon after the signal has been aborted. */
  readonly run: (signal: AbortSignal) => Promise<void>;
  /** The pause between the end of the work and its next beginning, in milliseconds. */
  readonly intervalMs: number;
  readonly logger: Logger;
}

/** Creates a task. A failure is logged, once until the work succeeds again, and does not end the task. */
export function createBackgroundTask({ name, run, intervalMs, logger }: BackgroundTaskOptions): BackgroundTask {
  const stopped = new AbortController();
  let running: Promise<void> = Promise.resolve();
  let failing = false;

  async function attempt(): Promise<void> {
    try {
      await run(stopped.signal);
      failing = false;
    } catch (error) {
      if (!failing) logger.warn({ err: error, task: name }, 'a background task fails; it will be tried again');
      failing = true;
    }
  }

  async function repeat(): Promise<void> {
    while (!stopped.signal.aborted) {
      await attempt();
      // Aborting the pause rejects it; `ref: false` lets a process end that has nothing else to do.
      await pause(intervalMs, undefined, { signal: stopped.signal, ref: false }).catch(() => undefined);
    }
  }

  return {
    start() {
      running = repeat();
    },
    async stop() {
      stopped.abort();
      await running;
    },
  };
}
