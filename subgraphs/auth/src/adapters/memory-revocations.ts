import { createBackgroundTask, type BackgroundTask } from '@identity/service-kit/background-task';
import type { Clock } from '@identity/service-kit/clock';
import type { Logger } from '@identity/service-kit/logger';
import type { IsRevoked } from '@identity/service-kit/revocation';
import type { RevocationFeed, SessionStore } from '../domain/ports.js';

/** How long the memory may be believed after SQL was read, in milliseconds. */
const LEASE_MS = 400;
const INTERVAL_MS = 150;
/** How far back each reading of SQL looks beyond the one before: more than any transaction lasts and any two clocks differ. */
const OVERLAP_MS = 60_000;

/** What the memory is made from. */
export interface MemoryRevocationsOptions {
  readonly sessions: Pick<SessionStore, 'listRevokedSince'>;
  /** Knows without the memory: slower, and always right. */
  readonly fallback: IsRevoked;
  /** How long a revocation must be remembered, in milliseconds: as long as an access token can live. */
  readonly retention: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Revocations for a single process. */
export interface MemoryRevocations extends RevocationFeed, BackgroundTask {
  readonly isRevoked: IsRevoked;
}

/**
 * Creates the revocations of the embedded stack. Commands on the same database end sessions, too, so SQL is read again
 * and again, and the memory is believed only for a short while after each reading.
 */
export function createMemoryRevocations(options: MemoryRevocationsOptions): MemoryRevocations {
  const { sessions, fallback, retention, clock, logger } = options;
  const forgetAt = new Map<string, number>();
  let readSince: number | null = null;
  let completeUntil = 0;

  function remember(sessionIds: readonly string[]): void {
    const now = clock().getTime();
    for (const sessionId of sessionIds) {
      forgetAt.delete(sessionId);
      forgetAt.set(sessionId, now + retention);
    }
    // A Map keeps the order of insertion, so the oldest come first.
    for (const [sessionId, time] of forgetAt) {
      if (time > now) return;
      forgetAt.delete(sessionId);
    }
  }

  async function readSql(): Promise<void> {
    const leaseUntil = performance.now() + LEASE_MS;
    const now = clock().getTime();
    remember(await sessions.listRevokedSince(new Date(readSince ?? now - retention)));
    readSince = now - OVERLAP_MS;
    completeUntil = leaseUntil;
  }

  return {
    ...createBackgroundTask({ name: 'read revocations', run: readSql, intervalMs: INTERVAL_MS, logger }),
    publish(sessionIds) {
      remember(sessionIds);
      return Promise.resolve();
    },
    async isRevoked(sessionId, token) {
      if (forgetAt.has(sessionId)) return true;
      return performance.now() < completeUntil ? false : fallback(sessionId, token);
    },
  };
}
