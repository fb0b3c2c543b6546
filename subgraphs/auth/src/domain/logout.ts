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
    if (!allSessions) {
      const revoked = await storage.sessions.revoke(sessionId, 'LOGOUT', clock());
      // Also if somebody else was faster: they may not have told everybody yet.
      await revocations.publish(revoked ? [sessionId] : [], [sessionId]);
      return revoked ? 1 : 0;
    }
    const { ended, lately } = await storage.atomically(async ({ sessions }) => ({
      ended: await sessions.revokeAll(userId, null, 'LOGOUT', clock()),
      lately: await sessions.listLatelyRevoked(userId, clock()),
    }));
    await revocations.publish(ended, [sessionId, ...lately]);
    return ended.length;
  };
}
