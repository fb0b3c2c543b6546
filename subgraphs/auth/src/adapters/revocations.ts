import type { Clock } from '@identity/service-kit/clock';
import type { ReadinessCheck } from '@identity/service-kit/health';
import type { Logger } from '@identity/service-kit/logger';
import { createRedisClient } from '@identity/service-kit/redis-client';
import { createRedisRevocations } from '@identity/service-kit/redis-revocations';
import type { IsRevoked } from '@identity/service-kit/revocation';
import type { RevocationFeed, SessionStore } from '../domain/ports.js';
import { createMemoryRevocations } from './memory-revocations.js';
import { createRedisRevocationFeed } from './redis-revocation-feed.js';

/** A token is accepted a little after it has expired, by clocks that differ a little. */
const RETENTION_MARGIN_MS = 90_000;

/** Spreads revocations and knows of them. */
export interface Revocations extends RevocationFeed {
  readonly isRevoked: IsRevoked;
  readonly checks: Readonly<Record<string, ReadinessCheck>>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** What revocations are made from. */
export interface RevocationsOptions {
  readonly config: { readonly redisUrl: string | null; readonly tokens: { readonly accessLifetimeSeconds: number } };
  readonly sessions: Pick<SessionStore, 'listRevokedSince' | 'isRevoked'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Revocations through Redis if there is one, in memory otherwise. SQL holds the truth in both cases. */
export function createRevocations({ config, sessions, clock, logger }: RevocationsOptions): Revocations {
  const retention = config.tokens.accessLifetimeSeconds * 1_000 + RETENTION_MARGIN_MS;
  if (config.redisUrl === null) return createEmbedded();
  return createDistributed(config.redisUrl);

  function createEmbedded(): Revocations {
    const memory = createMemoryRevocations(clock, retention);
    return {
      ...memory,
      checks: {},
      start: async () => memory.publish(await sessions.listRevokedSince(new Date(clock().getTime() - retention))),
      stop: () => Promise.resolve(),
    };
  }

  function createDistributed(redisUrl: string): Revocations {
    const redis = createRedisClient(redisUrl, logger);
    const feed = createRedisRevocationFeed({ redis, sessions, retention, clock, logger });
    return {
      publish: feed.publish,
      isRevoked: createRedisRevocations(redis, (sessionId) => sessions.isRevoked(sessionId)),
      checks: { redis: () => redis.ping() },
      start() {
        feed.start();
        return Promise.resolve();
      },
      async stop() {
        await feed.stop();
        redis.disconnect();
      },
    };
  }
}
