import type { Viewer } from '@identity/service-kit/access-token';
import type { Clock } from '@identity/service-kit/clock';
import { isIdOf } from './ids.js';
import type { SessionStore } from './ports.js';
import type { Session } from './session.js';

/** Reads a live session if it is the viewer's own, or the viewer is an ADMIN; null otherwise. */
export type GetSession = (viewer: Viewer, sessionId: string) => Promise<Session | null>;

export function createGetSession(sessions: SessionStore, clock: Clock): GetSession {
  return async (viewer, sessionId) => {
    if (!isIdOf('session', sessionId)) return null;
    const session = await sessions.findLive(sessionId, clock());
    const visible = session?.userId === viewer.userId || viewer.roles.includes('ADMIN');
    return visible ? session : null;
  };
}
