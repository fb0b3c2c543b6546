import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '@identity/service-kit/clock';
import type { Logger } from '@identity/service-kit/logger';
import { revocationKeys } from '@identity/service-kit/revocation';
import type { Redis } from 'ioredis';
import type { SessionStore } from '../domain/ports.js';
import { addRevocations, execute, LEASE_MS } from './revocation-writes.js';

/** From the start of one renewal to the start of the next. */
const INTERVAL_MS = 150;
/** The same while SQL is so slow that the lease would run out in between. */
const SHORTEST_INTERVAL_MS = 60;
/** Renewals overlap while SQL is slow, and each takes a connection. */
const MAX_UNDER_WAY = 5;
/** The first few are normal while the connection is being made. */
const FAILURES_BEFORE_WARNING = 5;
/** How far back a renewal looks: more than any transaction lasts and any two clocks differ. */
const OVERLAP_MS = 60_000;

/** What a lease is made from. */
export interface RevocationLeaseOptions {
  readonly redis: Redis;
  readonly sessions: Pick<SessionStore, 'listRevokedSince'>;
  /** How long a revocation must be remembered, in milliseconds. */
  readonly retention: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Keeps Redis complete, and says so in it, until it is stopped. */
export interface RevocationLease {
  start(): void;
  stop(): Promise<void>;
}

/** Creates what copies revocations from SQL to Redis and renews the lease by which Redis is believed. */
export function createRevocationLease(options: RevocationLeaseOptions): RevocationLease {
  const { redis, sessions, retention, clock, logger } = options;
  const stopped = new AbortController();
  const underWay = new Set<Promise<void>>();
  let running: Promise<void> = Promise.resolve();
  let written = new Set<string>();
  let latestStart = 0;
  let interval = INTERVAL_MS;
  let failures = 0;

  /** Copies what SQL has learnt lately; everything that still matters when nobody vouches for what Redis holds. */
  async function renew(): Promise<void> {
    const startedAt = performance.now();
    const candidate = revocationKeys.candidate(randomUUID());
    const continues = await startCandidate(candidate);
    const since = new Date(clock().getTime() - (continues ? OVERLAP_MS : retention));
    const revoked = await sessions.listRevokedSince(since);
    if (startedAt < latestStart) return;

    const missing = continues ? revoked.filter((id) => !written.has(id)) : revoked;
    await execute(addRevocations(redis.multi(), missing, retention).rename(candidate, revocationKeys.lease));
    written = new Set(revoked);
    latestStart = Math.max(latestStart, startedAt);
    interval = intervalFor(performance.now() - startedAt);
  }

  /**
   * Makes the key that will become the lease. It ages from now on, by Redis's own clock, and it goes with everything
   * else if Redis is restarted empty: then there is nothing to rename. Tells whether it continues a lease.
   */
  async function startCandidate(candidate: string): Promise<boolean> {
    const [copied] = await execute(redis.multi().copy(revocationKeys.lease, candidate).pexpire(candidate, LEASE_MS));
    if (copied === 1) return true;
    await redis.set(candidate, '1', 'PX', LEASE_MS);
    return false;
  }

  async function renewOrWarn(): Promise<void> {
    try {
      await renew();
      failures = 0;
    } catch (error) {
      failures += 1;
      if (failures !== FAILURES_BEFORE_WARNING) return;
      logger.warn({ err: error }, 'revocations cannot be copied to redis; verifiers ask this service until they can');
    }
  }

  async function keepRenewing(): Promise<void> {
    while (!stopped.signal.aborted) {
      if (underWay.size < MAX_UNDER_WAY) {
        const renewal = renewOrWarn().finally(() => underWay.delete(renewal));
        underWay.add(renewal);
      }
      await delay(interval, undefined, { signal: stopped.signal, ref: false }).catch(() => undefined);
    }
    await Promise.all(underWay);
  }

  return {
    start() {
      running = keepRenewing();
    },
    async stop() {
      stopped.abort();
      await running;
    },
  };
}

/** Two renewals within what a lease has left when it comes into force. */
function intervalFor(duration: number): number {
  return Math.min(INTERVAL_MS, Math.max(SHORTEST_INTERVAL_MS, (LEASE_MS - duration) / 2));
}
