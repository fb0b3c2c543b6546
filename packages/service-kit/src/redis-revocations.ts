import { createRedisBreaker, type RedisBreakerOptions } from './redis-breaker.js';
import { revocationKeys, type IsRevoked } from './revocation.js';

/** What checking revocations in Redis takes. */
export interface RedisRevocationsOptions extends Omit<RedisBreakerOptions, 'nearbyKey'> {
  /** Knows without Redis: slower, and always right. */
  readonly fallback: IsRevoked;
}

/**
 * Asks Redis, and `fallback` when Redis is away or cannot vouch for being complete (restarted empty, or the Auth
 * subgraph could not write to it).
 */
export function createRedisRevocations({ fallback, ...options }: RedisRevocationsOptions): IsRevoked {
  const askRedis = createRedisBreaker({ ...options, nearbyKey: revocationKeys.lease });

  /** Null when Redis cannot tell. */
  async function ask(sessionId: string): Promise<boolean | null> {
    try {
      // One command sees both at one moment: two could be answered by a Redis before and one after a restart.
      const keys = [revocationKeys.lease, revocationKeys.revoked(sessionId)];
      const [lease, revoked] = await askRedis((server) => server.mget(keys));
      if (revoked != null) return true;
      return lease != null ? false : null;
    } catch {
      return null;
    }
  }

  return async (sessionId, token, requestId) => (await ask(sessionId)) ?? (await fallback(sessionId, token, requestId));
}
