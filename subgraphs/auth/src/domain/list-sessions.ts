import type { Clock } from '@identity/service-kit/clock';
import type { RequestTime } from '@identity/service-kit/request-time';
import { cursorOf, idOfCursor, pageSize, type Page } from './page.js';
import type { SessionPages } from './ports.js';
import type { Session } from './session.js';

/** A page of an account's sessions to read. */
export interface SessionListing {
  readonly userId: string;
  readonly first: number;
  readonly afterId: string | null;
}

/**
 * Reads what a client asks for.
 *
 * @throws PublicError BAD_USER_INPUT naming `first` or `after`.
 */
export function readSessionListing(userId: string, first: number | null, after: string | null): SessionListing {
  return { userId, first: pageSize('first', first), afterId: idOfCursor('session', 'after', after) };
}

/** Lists live sessions, newest first: a page for each listing, in their order, at the cost of one. */
export type ListSessions = (
  listings: readonly SessionListing[],
  time: RequestTime,
) => Promise<readonly Page<Session>[]>;

export function createListSessions(sessions: SessionPages, clock: Clock): ListSessions {
  return async (listings, time) => {
    const now = clock();
    const queries = listings.map(({ userId, first, afterId }) => ({ userId, afterId, limit: first + 1 }));
    const lists = await sessions.list(queries, now, time);
    let counting: Promise<ReadonlyMap<string, number>> | null = null;
    const counts = () => (counting ??= sessions.count([...new Set(listings.map(({ userId }) => userId))], now, time));

    return listings.map(({ userId, first, afterId }, index) => {
      const found = lists[index] ?? [];
      return {
        edges: found.slice(0, first).map((node) => ({ node, cursor: cursorOf(node.id) })),
        hasNextPage: async () => found.length > first,
        hasPreviousPage: async () => afterId !== null,
        totalCount: async () => (await counts()).get(userId) ?? 0,
      };
    });
  };
}
