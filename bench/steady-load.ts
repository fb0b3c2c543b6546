import { setTimeout as sleep } from 'node:timers/promises';

/** What is done at a fixed rate until it is stopped. */
interface SteadyLoad {
  /** @returns how long each took from the moment it was due, in milliseconds, however late it was begun. */
  stop(): Promise<readonly number[]>;
}

/**
 * Does something beside a steady load, which ends with it, also where it fails.
 *
 * @returns what came of it, and how long each of the steady load took from the moment it was due, in milliseconds.
 */
export async function besideSteadyLoad<T>(
  perSecond: number,
  steady: () => Promise<void>,
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly latencies: readonly number[] }> {
  const beside = startSteadyLoad(perSecond, steady);
  try {
    const result = await work();
    return { result, latencies: await beside.stop() };
  } finally {
    await beside.stop();
  }
}

/** Begins work at a fixed rate, whether earlier work is done or not. */
function startSteadyLoad(perSecond: number, work: () => Promise<void>): SteadyLoad {
  const pace = 1_000 / perSecond;
  const from = performance.now();
  const under: Promise<number>[] = [];
  let stopped = false;

  async function timed(due: number): Promise<number> {
    await work();
    return performance.now() - due;
  }

  async function run(): Promise<void> {
    for (let due = from; !stopped; due += pace) {
      await sleep(Math.max(0, due - performance.now()));
      const latency = timed(due);
      // Whoever stops the load hears of it.
      latency.catch(() => undefined);
      under.push(latency);
    }
  }

  const running = run();
  return {
    async stop() {
      stopped = true;
      await running;
      return Promise.all(under);
    },
  };
}

/** When something was done, and how long it took. */
export interface Done {
  readonly doneAt: number;
  readonly tookMs: number;
}

/** Does an amount of work, as much at a time as there are lanes. Where some of it fails, no more of it is begun. */
export async function doInLanes(amount: number, lanes: number, work: () => Promise<void>): Promise<readonly Done[]> {
  const done: Done[] = [];
  let left = amount;
  async function lane(): Promise<void> {
    while (left > 0) {
      left -= 1;
      const from = performance.now();
      await work().catch((error: unknown) => {
        left = 0;
        throw error;
      });
      const doneAt = performance.now();
      done.push({ doneAt, tookMs: doneAt - from });
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane));
  return done;
}

/**
 * How much was done a second by so many cores at once, from when each was done. They finish together at times, so the
 * first of each core only begin the measurement.
 */
export function ratePerSecond(times: readonly number[], cores: number): number {
  const sorted = times.toSorted((left, right) => left - right);
  return ((sorted.length - cores) / ((sorted.at(-1) ?? NaN) - (sorted[cores - 1] ?? NaN))) * 1_000;
}
