import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '@identity/service-kit/clock';
import type { Logger } from '@identity/service-kit/logger';
import type { RedisClient } from '@identity/service-kit/redis-client';
import { revocationKeys } from '@identity/service-kit/revocation';
import type { SessionStore } from '../domain/ports.js';
import type { EvictionWatch } from './redis-eviction.js';
import { addRevocations, execute, LEASE_MS } from './revocation-writes.js';

/** From the start of one renewal to the start of the next. */
const INTERVAL_MS = 150;
/** The same while SQL is so slow that the lease would run out in between. */
const SHORTEST_INTERVAL_MS = 40;
/** Renewals overlap while SQL is slow, and each takes a connection. */
const MAX_UNDER_WAY = 8;
/** The first few are normal while the connection is being made. */
const FAILURES_BEFORE_WARNING = 5;
/** How far back a renewal looks: more than any transaction lasts and any two clocks differ. */
const OVERLAP_MS = 60_000;

/** What a lease is made from. */
export interface RevocationLeaseOptions {
  readonly redis: RedisClient;
  readonly eviction: Pick<EvictionWatch, 'evictedKeys'>;
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

/** What a process knows to be in Redis, as long as its mark is there and no more keys have been evicted. */
interface Written {
  readonly mark: string;
  readonly evictedKeys: number | null;
  readonly ids: ReadonlySet<string>;
}

const NOTHING: Written = { mark: '', evictedKeys: null, ids: new Set() };

/** Creates what copies revocations from SQL to Redis and renews the lease by which Redis is believed. */
export function createRevocationLease(options: RevocationLeaseOptions): RevocationLease {
  const { redis, eviction, sessions, retention, clock, logger } = options;
  const stopped = new AbortController();
  const underWay = new Set<Promise<void>>();
  let running: Promise<void> = Promise.resolve();
  const markKey = revocationKeys.mark(randomUUID());
  let written = NOTHING;
  let latestStart = 0;
  let interval = INTERVAL_MS;
  let failures = 0;

  /** Copies what SQL has learnt lately; everything that still matters when nobody vouches for what Redis holds. */
  async function renew(): Promise<void> {
    const startedAt = performance.now();
    const before = written;
    const evictedKeys = await eviction.evictedKeys();
    const isIntact = evictedKeys !== null && evictedKeys === before.evictedKeys;
    if (evictedKeys === null || (!isIntact && before !== NOTHING)) await endLease(startedAt);
    if (evictedKeys === null) return;

    const candidate = revocationKeys.candidate(randomUUID());
    const { isRenewal, mark } = await startCandidate(candidate);
    const continues = isRenewal && isIntact;
    const since = new Date(clock().getTime() - (continues ? OVERLAP_MS : retention));
    const revoked = await sessions.listRevokedSince(since);
    if (startedAt < latestStart) return;

    // A replica that has taken over may lack the latest writes. It has a beginning of what its master was sent, so it has
    // either the mark and all before it, or another mark.
    const missing = continues && mark === before.mark ? revoked.filter((id) => !before.ids.has(id)) : revoked;
    const newMark = randomUUID();
    const transaction = addRevocations(redis.multi(), missing, retention).set(markKey, newMark, 'PX', retention);
    await execute(transaction.rename(candidate, revocationKeys.lease));
    written = { mark: newMark, evictedKeys, ids: new Set(revoked) };
    latestStart = Math.max(latestStart, startedAt);
    interval = intervalFor(performance.now() - startedAt);
  }

  /** Stops vouching at once for what may be lost; nor do renewals that began earlier bring the lease back. */
  async function endLease(startedAt: number): Promise<void> {
    written = NOTHING;
    latestStart = Math.max(latestStart, startedAt);
    await redis.del(revocationKeys.lease);
  }

  /**
   * Makes the key that will become the lease. It ages from now on, by Redis's own clock, and it goes with everything
   * else if Redis is restarted empty: then there is nothing to rename. Tells whether it continues a lease, and which mark
   * of this process Redis holds.
   */
  async function startCandidate(candidate: string): Promise<{ readonly isRenewal: boolean; readonly mark: unknown }> {
    const transaction = redis.multi().copy(revocationKeys.lease, candidate).pexpire(candidate, LEASE_MS).get(markKey);
    const [copied, , mark] = await execute(transaction);
    const isRenewal = copied === 1;
    if (!isRenewal) await redis.set(candidate, '1', 'PX', LEASE_MS);
    return { isRenewal, mark };
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
