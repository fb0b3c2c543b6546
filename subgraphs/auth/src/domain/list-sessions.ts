import type { Clock } from '@identity/service-kit/clock';
import { badUserInput } from '@identity/service-kit/errors';
import { cursorOf, idOfCursor, type Page } from './page.js';
import type { SessionStore } from './ports.js';
import type { Session } from './session.js';

/** Which sessions to list. */
export interface SessionListing {
  readonly userId: string;
  /** Null asks for the default. */
  readonly first: number | null;
  readonly after: string | null;
}

/** Lists an account's live sessions, newest first. @throws PublicError BAD_USER_INPUT naming `first` or `after`. */
export type ListSessions = (listing: SessionListing) => Promise<Page<Session>>;

const DEFAULT_PAGE = 20;
const MAX_PAGE = 100;

export function createListSessions(sessions: SessionStore, clock: Clock): ListSessions {
  return async ({ userId, first: wanted, after }) => {
    const first = wanted ?? DEFAULT_PAGE;
    if (first < 0 || first > MAX_PAGE) throw badUserInput('first', `must be from 0 to ${String(MAX_PAGE)}`);
    const afterId = after === null ? null : idOfCursor('after', after);
    const now = clock();
    const found = first === 0 ? [] : await sessions.listLive({ userId, now, afterId, limit: first + 1 });
    const nodes = found.slice(0, first);
    return {
      edges: nodes.map((node) => ({ node, cursor: cursorOf(node.id) })),
      hasNextPage: found.length > first,
      hasPreviousPage: afterId !== null,
      totalCount: () => sessions.countLive(userId, now),
    };
  };
}
