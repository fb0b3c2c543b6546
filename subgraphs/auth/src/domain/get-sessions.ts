import type { Viewer } from '@identity/service-kit/access-token';
import type { RequestTime } from '@identity/service-kit/request-time';
import type { Clock } from '@identity/service-kit/clock';
import { isIdOf } from './ids.js';
import type { SessionStore } from './ports.js';
import type { Session } from './session.js';

/** Reads live sessions, at the cost of one: the viewer's own, and all for an ADMIN; null for others. In their order. */
export type GetSessions = (
  viewer: Viewer,
  sessionIds: readonly string[],
  time?: RequestTime,
) => Promise<readonly (Session | null)[]>;

/** Whether the sessions of an account are the viewer's business. */
export function maySeeSessionsOf(viewer: Viewer, userId: string): boolean {
  return userId === viewer.userId || viewer.roles.includes('ADMIN');
}

export function createGetSessions(sessions: SessionStore, clock: Clock): GetSessions {
  return async (viewer, sessionIds, time) => {
    const possible = sessionIds.filter((id) => isIdOf('session', id));
    const found = possible.length === 0 ? [] : await sessions.findAllLive(possible, clock(), time);
    const visible = found.filter(({ userId }) => maySeeSessionsOf(viewer, userId));
    const known = new Map(visible.map((session) => [session.id, session]));
    return sessionIds.map((id) => known.get(id) ?? null);
  };
}
