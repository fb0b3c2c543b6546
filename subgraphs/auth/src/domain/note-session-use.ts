import type { Clock } from '@identity/service-kit/clock';
import type { SessionMaintenance } from './ports.js';

/** How often the use of one session is written at most, in milliseconds. */
export const WRITE_INTERVAL_MS = 60_000;
/** How often one session is noted at most. Not as seldom as it is written: only the store knows when that was. */
const NOTE_INTERVAL_MS = 10_000;
/** How many sessions are remembered to have been noted, beyond which some are noted more often; bounds the memory. */
const MAX_REMEMBERED = 100_000;
/** How many sessions are written with one statement. */
const BATCH = 500;

/** Notes when sessions are used. */
export interface SessionUse {
  /** Notes a use; nothing is written yet. */
  note(sessionId: string): void;
  /** Writes what was noted since the last time, those of one second together. */
  flush(): Promise<void>;
}

/** Creates the notes of a process. The store sees to it that all processes together write a session once a minute. */
export function createSessionUse(maintenance: Pick<SessionMaintenance, 'noteUse'>, clock: Clock): SessionUse {
  const notedAt = new Map<string, number>();
  let pending = new Map<number, string[]>();

  /** A Map keeps the order of insertion, so the oldest come first. */
  function forgetOld(now: number): void {
    for (const [sessionId, at] of notedAt) {
      if (now - at < NOTE_INTERVAL_MS && notedAt.size < MAX_REMEMBERED) return;
      notedAt.delete(sessionId);
    }
  }

  return {
    note(sessionId) {
      const now = clock().getTime();
      forgetOld(now);
      if (notedAt.has(sessionId)) return;
      notedAt.set(sessionId, now);
      const second = now - (now % 1_000);
      const noted = pending.get(second);
      if (noted === undefined) pending.set(second, [sessionId]);
      else noted.push(sessionId);
    },

    async flush() {
      const noted = pending;
      pending = new Map();
      for (const [second, sessionIds] of noted) {
        const unlessSince = new Date(second - WRITE_INTERVAL_MS);
        for (let start = 0; start < sessionIds.length; start += BATCH)
          await maintenance.noteUse(sessionIds.slice(start, start + BATCH), new Date(second), unlessSince);
      }
    },
  };
}
