import { MAX_ACCESS_TOKEN_LIFETIME_SECONDS } from '@identity/service-kit/access-token';
import { createBatches } from '@identity/service-kit/batches';
import type { Clock } from '@identity/service-kit/clock';
import type { ReadinessCheck } from '@identity/service-kit/health';
import type { Logger } from '@identity/service-kit/logger';
import type { BreakerGroup } from '@identity/service-kit/redis-breaker';
import { closeRedisClient, createRedisClient } from '@identity/service-kit/redis-client';
import { createRedisRevocations } from '@identity/service-kit/redis-revocations';
import { revocationKeys, type IsRevoked } from '@identity/service-kit/revocation';
import type { RevocationFeed, SessionStore } from '../domain/ports.js';
import { createMemoryRevocations } from './memory-revocations.js';
import { createEvictionWatch } from './redis-eviction.js';
import { createRedisRevocationFeed } from './redis-revocation-feed.js';
import { createRevocationLease } from './revocation-lease.js';

/**
 * How long a revocation is remembered. Not as long as tokens live today, but as long as they can live at all: some may
 * have been issued under another setting. The margin is for verifiers' leeway and clocks that differ.
 */
const RETENTION_MS = MAX_ACCESS_TOKEN_LIFETIME_SECONDS * 1_000 + 90_000;

/** Spreads revocations and knows of them. */
export interface Revocations extends RevocationFeed {
  readonly isRevoked: IsRevoked;
  readonly checks: Readonly<Record<string, ReadinessCheck>>;
  start(): void;
  stop(): Promise<void>;
}

/** What revocations are made from. */
export interface RevocationsOptions {
  /** Null for a single process. */
  readonly redisUrl: string | null;
  /** Whoever else asks the same Redis. */
  readonly redisUsers?: BreakerGroup;
  readonly sessions: Pick<SessionStore, 'listUnrevoked'>;
  /** The same sessions, read in the background. */
  readonly history: Pick<SessionStore, 'listRevokedSince'>;
  readonly clock: Clock;
  /** Told how many sessions have been ended, when everybody knows. */
  readonly onPublished: (count: number) => void;
  readonly logger: Logger;
}

/** Revocations through Redis if there is one, in memory otherwise. SQL holds the truth in both cases. */
export function createRevocations(options: RevocationsOptions): Revocations {
  const { redisUrl, redisUsers, sessions, history, clock, onPublished, logger } = options;
  const { one: fallback } = createBatches(areRevoked, { maxUnderWay: 4, maxKeys: 500 });
  const revocations = redisUrl === null ? createEmbedded() : createDistributed(redisUrl);
  return {
    ...revocations,
    async publish(ended, endedBefore = []) {
      await revocations.publish([...new Set([...ended, ...endedBefore])]);
      onPublished(ended.length);
    },
  };

  function createEmbedded(): Revocations {
    const memory = createMemoryRevocations({ sessions: history, fallback, retention: RETENTION_MS, clock, logger });
    return { ...memory, checks: {} };
  }

  /** Asks SQL. A session that it does not know counts as revoked. */
  async function areRevoked(sessionIds: readonly string[]): Promise<ReadonlyMap<string, boolean>> {
    const unrevoked = new Set(await sessions.listUnrevoked(sessionIds));
    return new Map(sessionIds.map((id) => [id, !unrevoked.has(id)]));
  }

  function createDistributed(url: string): Revocations {
    const redis = createRedisClient(url, logger);
    const feed = createRedisRevocationFeed({ redis, retention: RETENTION_MS, logger });
    const eviction = createEvictionWatch(redis, logger);
    const lease = createRevocationLease({ redis, eviction, sessions: history, retention: RETENTION_MS, clock, logger });
    return {
      publish: feed.publish,
      isRevoked: createRedisRevocations({ redis, fallback, group: redisUsers, logger }),
      checks: {
        redis: () => redis.exists(revocationKeys.lease),
        redisEviction: eviction.check,
      },
      start: lease.start,
      async stop() {
        await lease.stop();
        await closeRedisClient(redis);
      },
    };
  }
}
