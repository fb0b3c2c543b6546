import { setTimeout as sleep } from 'node:timers/promises';

/** What is done at a fixed rate until it is stopped. */
export interface SteadyLoad {
  /** @returns how long each took from the moment it was due, in milliseconds, however late it was begun. */
  stop(): Promise<readonly number[]>;
}

/** Begins work at a fixed rate, whether earlier work is done or not. */
export function startSteadyLoad(perSecond: number, work: () => Promise<void>): SteadyLoad {
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

/**
 * Does an amount of work, as much at a time as there are lanes.
 *
 * @param work - Gets the number of the work, from 0.
 * @returns when each was done, in milliseconds.
 */
export async function doInLanes(
  amount: number,
  lanes: number,
  work: (number: number) => Promise<void>,
): Promise<readonly number[]> {
  const times: number[] = [];
  let next = 0;
  async function lane(): Promise<void> {
    while (next < amount) {
      next += 1;
      await work(next - 1);
      times.push(performance.now());
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane));
  return times;
}

/**
 * How much was done a second by so many cores at once, from when each was done. They finish together at times, so the
 * first of each core only begin the measurement.
 */
export function ratePerSecond(times: readonly number[], cores: number): number {
  const sorted = times.toSorted((left, right) => left - right);
  return ((sorted.length - cores) / ((sorted.at(-1) ?? NaN) - (sorted[cores - 1] ?? NaN))) * 1_000;
}
