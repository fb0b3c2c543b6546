import { type RateLimiterAbstract, RateLimiterMemory } from 'rate-limiter-flexible';
import type { Allowance } from './environment.js';

/** Counts attempts by key, in a time that runs from the first of them. */
export interface AttemptWindow {
  /** Counts an attempt. @returns 0, or the milliseconds until attempts are allowed again if this was one too many. */
  add(key: string): Promise<number>;
  /** The milliseconds until another attempt is allowed; 0 if it is now. Counts nothing. */
  wait(key: string): Promise<number>;
  take(key: string): Promise<void>;
  clear(key: string): Promise<void>;
}

/** How many keys a process remembers for one window; beyond, it forgets those not tried for the longest time. */
const MAX_KEYS = 10_000;

/** Counts for this process. */
export function createMemoryWindow({ attempts, seconds }: Allowance): AttemptWindow {
  const limiter = new RateLimiterMemory({ points: attempts, duration: seconds });
  // In the order of their last attempts.
  const keys = new Set<string>();

  async function clear(key: string): Promise<void> {
    keys.delete(key);
    await limiter.delete(key);
  }

  return {
    async add(key) {
      keys.delete(key);
      keys.add(key);
      const [oldest] = keys;
      if (keys.size > MAX_KEYS && oldest !== undefined) await clear(oldest);
      const { consumedPoints, msBeforeNext } = await limiter.penalty(key);
      return consumedPoints > attempts ? msBeforeNext : 0;
    },
    wait: (key) => waitOf(limiter, key, attempts),
    async take(key) {
      const { consumedPoints } = await limiter.reward(key);
      // What had run out would be there anew, with an attempt to spare.
      if (consumedPoints <= 0) await clear(key);
    },
    clear,
  };
}

/** What `wait` of a window tells that counts by this limiter. */
export async function waitOf(limiter: RateLimiterAbstract, key: string, attempts: number): Promise<number> {
  const counted = await limiter.get(key);
  return counted !== null && counted.consumedPoints >= attempts ? counted.msBeforeNext : 0;
}
