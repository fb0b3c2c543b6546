import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '@identity/service-kit/clock';
import type { Logger } from '@identity/service-kit/logger';
import { revocationKeys } from '@identity/service-kit/revocation';
import type { ChainableCommander, Redis } from 'ioredis';
import type { RevocationFeed, SessionStore } from '../domain/ports.js';

/** How long Redis may be believed after SQL was read, in milliseconds; also the longest wait of `publish`. */
const LEASE_MS = 500;
const RENEWAL_INTERVAL_MS = 150;
/** The first few are normal while the connection is being made. */
const FAILURES_BEFORE_WARNING = 5;
/** How far back each renewal looks: more than any transaction lasts and any two clocks differ. */
const OVERLAP_MS = 60_000;

/** What a feed is made from. */
export interface RedisRevocationFeedOptions {
  readonly redis: Redis;
  readonly sessions: Pick<SessionStore, 'listRevokedSince'>;
  /** How long a revocation must be remembered, in milliseconds: as long as an access token can live. */
  readonly retention: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A feed that keeps itself complete until it is stopped. */
export interface RedisRevocationFeed extends RevocationFeed {
  start(): void;
  stop(): Promise<void>;
}

/**
 * Creates the feed that spreads revocations through Redis.
 *
 * Redis may forget (restart, failover) and may be out of reach just when a session ends. So it is believed only while
 * a short lease stands in it, and whoever renews the lease has first copied every revocation from SQL. `publish`
 * therefore holds even if its own write fails: it waits until any lease that could lack the revocation has run out,
 * and verifiers without a lease ask the Auth subgraph, which asks SQL.
 */
export function createRedisRevocationFeed(options: RedisRevocationFeedOptions): RedisRevocationFeed {
  const { redis, sessions, retention, clock, logger } = options;
  const stopped = new AbortController();
  let written = new Set<string>();
  let running: Promise<void> = Promise.resolve();
  let failures = 0;

  /** Copies what SQL has learnt lately, and renews the lease if Redis still has it. */
  async function renew(): Promise<void> {
    const leaseUntil = (await redisTime(redis)) + LEASE_MS;
    const recent = await sessions.listRevokedSince(new Date(clock().getTime() - OVERLAP_MS));
    const missing = recent.filter((id) => !written.has(id));
    const transaction = missing
      .reduce(addRevocation, redis.multi())
      .set(revocationKeys.lease, '1', 'PXAT', leaseUntil, 'XX');
    const renewed = (await execute(transaction)).at(-1) === 'OK';
    written = new Set(recent);
    if (!renewed) await refill();
  }

  /** Copies everything that still matters: Redis was empty, or nobody has vouched for it for a while. */
  async function refill(): Promise<void> {
    const leaseUntil = (await redisTime(redis)) + LEASE_MS;
    const all = await sessions.listRevokedSince(new Date(clock().getTime() - retention));
    await execute(all.reduce(addRevocation, redis.multi()).set(revocationKeys.lease, '1', 'PXAT', leaseUntil));
  }

  function addRevocation(transaction: ChainableCommander, sessionId: string): ChainableCommander {
    return transaction.set(revocationKeys.revoked(sessionId), '1', 'PX', retention);
  }

  async function keepComplete(): Promise<void> {
    while (!stopped.signal.aborted) {
      try {
        await renew();
        failures = 0;
      } catch (error) {
        failures += 1;
        if (failures === FAILURES_BEFORE_WARNING) {
          logger.warn(
            { err: error },
            'revocations cannot be copied to redis; verifiers ask this service until they can',
          );
        }
      }
      await delay(RENEWAL_INTERVAL_MS, undefined, { signal: stopped.signal, ref: false }).catch(() => undefined);
    }
  }

  return {
    async publish(sessionIds) {
      if (sessionIds.length === 0) return;
      try {
        await execute(sessionIds.reduce(addRevocation, redis.multi()));
      } catch (error) {
        logger.warn({ err: error }, 'a revocation could not be written to redis; waiting until nobody believes redis');
        await delay(LEASE_MS);
      }
    },
    start() {
      running = keepComplete();
    },
    async stop() {
      stopped.abort();
      await running;
    },
  };
}

/** The lease is written in Redis's own time, so that a command that was stuck on its way cannot prolong it. */
async function redisTime(redis: Redis): Promise<number> {
  const [seconds = 0, microseconds = 0] = await redis.time();
  return seconds * 1_000 + Math.floor(microseconds / 1_000);
}

async function execute(transaction: ChainableCommander): Promise<readonly unknown[]> {
  const replies = await transaction.exec();
  if (replies === null) throw new Error('redis has dropped a transaction');
  return replies.map(([error, reply]) => {
    if (error !== null) throw error;
    return reply;
  });
}
