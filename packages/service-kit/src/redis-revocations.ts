import { createBatches } from './batches.js';
import { createRedisBreaker, type RedisBreakerOptions } from './redis-breaker.js';
import { revocationKeys, type IsRevoked } from './revocation.js';

/** Redis answers in the order of the questions, so that there is nothing to gain by waiting for one. */
const LIMITS = { maxUnderWay: Number.POSITIVE_INFINITY, maxKeys: 100 };

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

  /** Says nothing of what Redis cannot tell. */
  async function askAbout(sessionIds: readonly string[]): Promise<ReadonlyMap<string, boolean>> {
    try {
      // One command sees all of it at one moment: two could be answered by a Redis before and one after a restart.
      const keys = [revocationKeys.lease, ...sessionIds.map(revocationKeys.revoked)];
      const [lease, ...revoked] = await askRedis((server) => server.mget(keys));
      const answers = sessionIds.map((id, index) => [id, revoked[index] != null] as const);
      return new Map(lease != null ? answers : answers.filter(([, isRevoked]) => isRevoked));
    } catch {
      return new Map();
    }
  }

  const batches = createBatches(askAbout, LIMITS);
  return async (sessionId, token, requestId) =>
    (await batches.all([sessionId])).get(sessionId) ?? (await fallback(sessionId, token, requestId));
}
