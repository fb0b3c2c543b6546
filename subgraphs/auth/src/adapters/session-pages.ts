import { timestampText } from '@identity/database/column-types';
import type { Database } from '@identity/database/connect';
import type { SessionPageQuery, SessionPages } from '../domain/ports.js';
import type { Session } from '../domain/session.js';

/** A session, and the position of the query that has found it. */
interface FoundSession extends Session {
  readonly position: number;
}

/** The two are the same time. */
const LIVE = 'revoked_at IS NULL AND expires_at > ? AND idle_expires_at > ?';

/** Reads pages of sessions from SQL, any number of them with one statement. */
export function createSessionPages({ prepareRead, dialect }: Pick<Database, 'prepareRead' | 'dialect'>): SessionPages {
  const countByAccount = prepareRead<{ readonly userId: string; readonly total: number }>(
    `SELECT account_id AS userId, COUNT(*) AS total FROM \`sessions\` WHERE account_id IN (?) AND ${LIVE} GROUP BY account_id`,
  );

  return {
    async list(queries, now, time) {
      const pages: Session[][] = queries.map(() => []);
      if (queries.length === 0) return pages;
      // Each page is read by itself, from its end of the index; a common sort would read every session of everybody.
      const lists = queries.map(
        (query, position) => `SELECT * FROM (${pageSql(query, position)}) AS page${String(position)}`,
      );
      const until = timestampText(dialect, now);
      const values = queries.flatMap(({ userId, afterId }) => [
        userId,
        until,
        until,
        ...(afterId === null ? [] : [afterId]),
      ]);
      const read = prepareRead<FoundSession>(lists.join(' UNION ALL '));
      const found = await read(values, null, time);
      for (const { position, ...session } of found) pages[position]?.push(session);
      return pages;
    },

    async count(userIds, now, time) {
      const until = timestampText(dialect, now);
      const rows = await countByAccount([userIds, until, until], null, time);
      return new Map(rows.map(({ userId, total }) => [userId, total]));
    },
  };
}

function pageSql({ limit, afterId }: SessionPageQuery, position: number): string {
  const after = afterId === null ? '' : ' AND id < ?';
  return `SELECT ${String(position)} AS position, id, account_id AS userId, device_name AS deviceName,
      user_agent AS userAgent, ip_address AS ipAddress, created_at AS createdAt, last_used_at AS lastUsedAt,
      expires_at AS expiresAt
    FROM \`sessions\` WHERE account_id = ? AND ${LIVE}${after}
    ORDER BY id DESC LIMIT ${String(limit)}`;
}
