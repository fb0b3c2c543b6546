import type { Viewer } from '@identity/service-kit/access-token';
import type { Clock } from '@identity/service-kit/clock';
import type { RevocationFeed, Storage } from './ports.js';

export interface LogoutDeps {
  readonly storage: Storage;
  readonly revocations: RevocationFeed;
  readonly clock: Clock;
}

/** Returns how many sessions have ended. */
export type Logout = (viewer: Viewer, allSessions: boolean) => Promise<number>;

/** Ends the session of the caller, or all of their sessions. When it resolves, no service accepts their tokens. */
export function createLogout({ storage, revocations, clock }: LogoutDeps): Logout {
  return async ({ userId, sessionId }, allSessions) => {
    const ended = allSessions
      ? await storage.atomically(({ sessions }) => sessions.revokeAll(userId, null, 'LOGOUT', clock()))
      : (await storage.sessions.revoke(sessionId, 'LOGOUT', clock()))
        ? [sessionId]
        : [];
    // The caller's own also if somebody else was faster: they may not have told everybody yet.
    await revocations.publish([...new Set([...ended, sessionId])]);
    return ended.length;
  };
}
