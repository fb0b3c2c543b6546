import { waitOf, type AttemptWindow } from '@identity/service-kit/attempt-window';
import type { Allowance } from '@identity/service-kit/environment';
import type { AskRedis } from '@identity/service-kit/redis-breaker';
import type { RedisClient } from '@identity/service-kit/redis-client';
import { RateLimiterRedis } from 'rate-limiter-flexible';

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
