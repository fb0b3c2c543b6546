import type { Viewer } from '@identity/service-kit/access-token';
import type { Clock } from '@identity/service-kit/clock';
import type { GetSessions } from './get-sessions.js';
import type { RevocationFeed, SessionStore } from './ports.js';
import type { Session } from './session.js';
import { fail, notFound, succeed, type Result } from './user-errors.js';

export interface RevokeSessionDeps {
  readonly getSessions: GetSessions;
  readonly sessions: Pick<SessionStore, 'revoke'>;
  readonly revocations: RevocationFeed;
  readonly clock: Clock;
}

/** Ends a session that the viewer may see. When it resolves, no service accepts the session's tokens. */
export type RevokeSession = (viewer: Viewer, sessionId: string) => Promise<Result<Session>>;

export function createRevokeSession({ getSessions, sessions, revocations, clock }: RevokeSessionDeps): RevokeSession {
  return async (viewer, sessionId) => {
    const [session = null] = await getSessions(viewer, [sessionId]);
    if (session === null) return fail(notFound('sessionId'));
    const revoked = await sessions.revoke(sessionId, 'REVOKED', clock());
    // Also if somebody else was faster: they may not have told everybody yet.
    await revocations.publish([sessionId]);
    return revoked ? succeed(session) : fail(notFound('sessionId'));
  };
}
