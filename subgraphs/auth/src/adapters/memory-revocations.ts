import type { Clock } from '@identity/service-kit/clock';
import type { IsRevoked } from '@identity/service-kit/revocation';
import type { RevocationFeed } from '../domain/ports.js';

/** Revocations for a single process. */
export interface MemoryRevocations extends RevocationFeed {
  readonly isRevoked: IsRevoked;
}

/**
 * Creates the revocations of the embedded stack.
 *
 * @param retention - How long a revocation must be remembered, in milliseconds: as long as an access token can live.
 */
export function createMemoryRevocations(clock: Clock, retention: number): MemoryRevocations {
  const forgetAt = new Map<string, number>();

  function forgetOld(now: number): void {
    // A Map keeps the order of insertion, so the oldest come first.
    for (const [sessionId, time] of forgetAt) {
      if (time > now) return;
      forgetAt.delete(sessionId);
    }
  }

  return {
    publish(sessionIds) {
      const now = clock().getTime();
      forgetOld(now);
      for (const sessionId of sessionIds) {
        forgetAt.delete(sessionId);
        forgetAt.set(sessionId, now + retention);
      }
      return Promise.resolve();
    },
    isRevoked: (sessionId) => Promise.resolve(forgetAt.has(sessionId)),
  };
}
