import type { Redis } from 'ioredis';
import { revocationKeys, type IsRevoked } from './revocation.js';

/**
 * Asks Redis, and `fallback` when Redis is away or cannot vouch for being complete (restarted empty, or the Auth
 * subgraph could not write to it).
 */
export function createRedisRevocations(redis: Redis, fallback: IsRevoked): IsRevoked {
  return async (sessionId, token) => {
    const answer = await ask(redis, sessionId);
    return answer ?? (await fallback(sessionId, token));
  };
}

/** Null when Redis cannot tell. */
async function ask(redis: Redis, sessionId: string): Promise<boolean | null> {
  try {
    // The lease is read first: whoever renews it has written every revocation before.
    const [complete, revoked] = await Promise.all([
      redis.exists(revocationKeys.lease),
      redis.exists(revocationKeys.revoked(sessionId)),
    ]);
    if (revoked === 1) return true;
    return complete === 1 ? false : null;
  } catch {
    return null;
  }
}
