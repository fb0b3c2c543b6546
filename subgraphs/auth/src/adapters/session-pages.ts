import { timestampText } from '@identity/database/column-types';
import type { Database } from '@identity/database/connect';
import { QueryTypes } from 'sequelize';
import type { SessionPages } from '../domain/ports.js';
import type { Session } from '../domain/session.js';

/** What is put in place of `:name` in SQL. */
type Values = Readonly<Record<string, string | number | readonly string[]>>;

/** A session, and the position of the query that has found it. */
interface FoundSession extends Session {
  readonly position: number;
}

const LIVE = 'revoked_at IS NULL AND expires_at > :now AND idle_expires_at > :now';

/** Reads pages of sessions from SQL, any number of them with one statement. */
export function createSessionPages({ sequelize, dialect }: Pick<Database, 'sequelize' | 'dialect'>): SessionPages {
  async function select<Row extends object>(sql: string, replacements: Values): Promise<readonly Row[]> {
    return sequelize.query<Row>(sql, { type: QueryTypes.SELECT, replacements });
  }

  return {
    async list(queries, now) {
      const pages: Session[][] = queries.map(() => []);
      if (queries.length === 0) return pages;
      // Each page is read by itself, from its end of the index; a common sort would read every session of everybody.
      const lists = queries.map(
        ({ afterId }, position) => `SELECT * FROM (${pageSql(position, afterId)}) AS page${String(position)}`,
      );
      const values = queries.flatMap(
        ({ userId, limit, afterId }, position): readonly (readonly [string, string | number])[] => [
          [`userId${String(position)}`, userId],
          [`limit${String(position)}`, limit],
          ...(afterId === null ? [] : [[`afterId${String(position)}`, afterId] as const]),
        ],
      );
      const found = await select<FoundSession>(lists.join(' UNION ALL '), {
        ...Object.fromEntries(values),
        now: timestampText(dialect, now),
      });
      for (const { position, ...session } of found) pages[position]?.push(session);
      return pages;
    },

    async count(userIds, now) {
      if (userIds.length === 0) return new Map();
      const rows = await select<{ userId: string; total: number }>(
        `SELECT account_id AS userId, COUNT(*) AS total FROM sessions
         WHERE account_id IN (:userIds) AND ${LIVE} GROUP BY account_id`,
        { userIds, now: timestampText(dialect, now) },
      );
      return new Map(rows.map(({ userId, total }) => [userId, total]));
    },
  };
}

function pageSql(position: number, afterId: string | null): string {
  const after = afterId === null ? '' : ` AND id < :afterId${String(position)}`;
  return `SELECT ${String(position)} AS position, id, account_id AS userId, device_name AS deviceName,
      user_agent AS userAgent, ip_address AS ipAddress, created_at AS createdAt, last_used_at AS lastUsedAt,
      expires_at AS expiresAt
    FROM sessions WHERE account_id = :userId${String(position)} AND ${LIVE}${after}
    ORDER BY id DESC LIMIT :limit${String(position)}`;
}
