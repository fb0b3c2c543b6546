import type { Viewer } from '@identity/service-kit/access-token';
import type { Clock } from '@identity/service-kit/clock';
import { maySeeSessionsOf, type GetSessions } from './get-sessions.js';
import { isIdOf } from './ids.js';
import type { RevocationFeed, SessionStore } from './ports.js';
import type { Session } from './session.js';
import { fail, notFound, succeed, type Result } from './user-errors.js';

export interface RevokeSessionDeps {
  readonly getSessions: GetSessions;
  readonly sessions: Pick<SessionStore, 'revoke' | 'findOwnerOfLatelyRevoked'>;
  readonly revocations: RevocationFeed;
  readonly clock: Clock;
}

/**
 * Ends a session that the viewer may see. When it resolves, no service accepts the session's tokens; also when it had
 * ended before, as whoever has lost the answer asks again.
 */
export type RevokeSession = (viewer: Viewer, sessionId: string) => Promise<Result<Session>>;

export function createRevokeSession({ getSessions, sessions, revocations, clock }: RevokeSessionDeps): RevokeSession {
  return async (viewer, sessionId) => {
    const [session = null] = await getSessions(viewer, [sessionId]);
    const revoked = session !== null && (await sessions.revoke(sessionId, 'REVOKED', clock()));
    if (revoked) await revocations.publish([sessionId]);
    // Somebody else was faster: they may not have told everybody yet.
    else if (session !== null || (await hasLatelyEndedFor(viewer, sessionId)))
      await revocations.publish([], [sessionId]);
    return revoked ? succeed(session) : fail(notFound('sessionId'));
  };

  /** Nobody may have a session refused that is none of their business. */
  async function hasLatelyEndedFor(viewer: Viewer, sessionId: string): Promise<boolean> {
    if (!isIdOf('session', sessionId)) return false;
    const ownerId = await sessions.findOwnerOfLatelyRevoked(sessionId, clock());
    return ownerId !== null && maySeeSessionsOf(viewer, ownerId);
  }
}
