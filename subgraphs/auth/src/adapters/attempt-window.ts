import type { Allowance } from '@identity/service-kit/environment';
import type { AskRedis } from '@identity/service-kit/redis-breaker';
import type { RedisClient } from '@identity/service-kit/redis-client';
import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRedis } from 'rate-limiter-flexible';

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

async function waitOf(limiter: RateLimiterAbstract, key: string, attempts: number): Promise<number> {
  const counted = await limiter.get(key);
  return counted !== null && counted.consumedPoints >= attempts ? counted.msBeforeNext : 0;
}

/** Adds to a count that begins with it, and lets nothing below one attempt stay. */
const COUNT = `
local count = redis.call('INCRBY', KEYS[1], ARGV[1])
if count <= 0 then
  redis.call('DEL', KEYS[1])
  return { 0, 0 }
end
if redis.call('PTTL', KEYS[1]) < 0 then
  redis.call('EXPIRE', KEYS[1], ARGV[2])
end
return { count, redis.call('PTTL', KEYS[1]) }
`;

/** Counts for all who use the same Redis under the same name. Rejects when Redis does not answer. */
export function createRedisWindow(redis: RedisClient, name: string, { attempts, seconds }: Allowance): AttemptWindow {
  const limiter = new RateLimiterRedis({
    storeClient: redis,
    keyPrefix: `${name}:${String(seconds)}`,
    points: attempts,
    duration: seconds,
    customIncrTtlLuaScript: COUNT,
  });
  return {
    async add(key) {
      const { consumedPoints, msBeforeNext } = await limiter.penalty(key);
      return consumedPoints > attempts ? msBeforeNext : 0;
    },
    wait: (key) => waitOf(limiter, key, attempts),
    async take(key) {
      await limiter.reward(key);
    },
    async clear(key) {
      await limiter.delete(key);
    },
  };
}

/**
 * Counts in both, and believes its own only while Redis does not answer. What this process has counted all along holds
 * from the first moment, so that an outage gives nobody new attempts.
 */
export function createInsuredWindow(shared: AttemptWindow, own: AttemptWindow, askRedis: AskRedis): AttemptWindow {
  return {
    async add(key) {
      const waitByOwn = await own.add(key);
      try {
        return await askRedis(() => shared.add(key));
      } catch {
        return waitByOwn;
      }
    },
    async wait(key) {
      const waitByOwn = await own.wait(key);
      return askRedis(() => shared.wait(key)).catch(() => waitByOwn);
    },
    async take(key) {
      await own.take(key);
      await askRedis(() => shared.take(key)).catch(() => undefined);
    },
    async clear(key) {
      await own.clear(key);
      await askRedis(() => shared.clear(key)).catch(() => undefined);
    },
  };
}
