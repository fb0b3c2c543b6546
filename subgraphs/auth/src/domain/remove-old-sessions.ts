import { setTimeout as pause } from 'node:timers/promises';
import type { Clock } from '@identity/service-kit/clock';
import type { SessionMaintenance } from './ports.js';

const DAY_MS = 86_400_000;
/** How long a refresh token is kept after it has expired, so that its owner is told why it is refused. */
const KEEP_EXPIRED_TOKENS_MS = DAY_MS;
/**
 * How long a session is kept after it has run out of idle time, however it ended: far longer than an access token can
 * live, so that it is remembered as revoked, and until all its refresh tokens are gone.
 */
const KEEP_ENDED_SESSIONS_MS = 30 * DAY_MS;
/** How many rows one transaction removes. */
const BATCH = 500;
/** Lets others in between two batches, in milliseconds. */
const PAUSE_MS = 50;

/** Removes what is no longer needed of sessions, batch by batch, until all is gone or the signal is aborted. */
export type RemoveOldSessions = (signal: AbortSignal) => Promise<void>;

export function createRemoveOldSessions(
  maintenance: Pick<SessionMaintenance, 'removeTokensExpiredBefore' | 'removeSessionsIdleBefore'>,
  clock: Clock,
): RemoveOldSessions {
  return async (signal) => {
    const now = clock().getTime();
    const tokensBefore = new Date(now - KEEP_EXPIRED_TOKENS_MS);
    await inBatches(() => maintenance.removeTokensExpiredBefore(tokensBefore, BATCH), signal);
    const sessionsBefore = new Date(now - KEEP_ENDED_SESSIONS_MS);
    await inBatches(() => maintenance.removeSessionsIdleBefore(sessionsBefore, BATCH), signal);
  };
}

async function inBatches(removeBatch: () => Promise<number>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && (await removeBatch()) === BATCH) {
    await pause(PAUSE_MS, undefined, { signal, ref: false }).catch(() => undefined);
  }
}
