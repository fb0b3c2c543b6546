import { setTimeout as delay } from 'node:timers/promises';
import { withDeadline } from '@identity/service-kit/deadline';
import type { Logger } from '@identity/service-kit/logger';
import type { RedisClient } from '@identity/service-kit/redis-client';
import type { RevocationFeed } from '../domain/ports.js';
import { addRevocations, execute, LEASE_MS } from './revocation-writes.js';

/** A lease, and a margin: Redis counts whole milliseconds, and no two clocks run alike. */
const LONGEST_WAIT_MS = LEASE_MS + 15;

/** What a feed is made from. */
export interface RedisRevocationFeedOptions {
  readonly redis: RedisClient;
  /** How long a revocation must be remembered, in milliseconds: as long as an access token can live. */
  readonly retention: number;
  readonly logger: Logger;
}

/**
 * Creates the feed that spreads revocations through Redis.
 *
 * Redis may forget (restart, failover) and may be out of reach just when a session ends. So it is believed only while
 * a short lease stands in it, and whoever renews the lease has first copied every revocation from SQL. `publish`
 * therefore holds even if its own write fails: it waits until any lease that could lack the revocation has run out,
 * and verifiers without a lease ask the Auth subgraph, which asks SQL.
 */
export function createRedisRevocationFeed({ redis, retention, logger }: RedisRevocationFeedOptions): RevocationFeed {
  return {
    async publish(sessionIds) {
      if (sessionIds.length === 0) return;
      // Counted from the start of the write: SQL has learnt it before, so every lease that lacks it is older.
      const nobodyBelievesRedisAt = performance.now() + LONGEST_WAIT_MS;
      try {
        await withDeadline(execute(addRevocations(redis.multi(), sessionIds, retention)), LONGEST_WAIT_MS);
      } catch (error) {
        logger.warn({ err: error }, 'a revocation could not be written to redis; waiting until nobody believes redis');
        await waitUntil(nobodyBelievesRedisAt);
      }
    },
  };
}

/** Timers may fire early by the time that the event loop has been busy, so the clock is asked. */
async function waitUntil(time: number): Promise<void> {
  for (let left = time - performance.now(); left > 0; left = time - performance.now()) await delay(left);
}
