import { timestampText } from '@identity/database/column-types';
import type { Database } from '@identity/database/connect';
import type { RequestTime } from '@identity/service-kit/request-time';
import type { Transaction } from 'sequelize';
import type { Session } from '../domain/session.js';

/** Reads sessions by their ids. */
export interface SessionReads {
  /** Those that are live. */
  live(
    ids: readonly string[],
    now: Date,
    transaction: Transaction | null,
    time?: RequestTime,
  ): Promise<readonly Session[]>;
  /** The ids of those that have been revoked since a moment. Asked several times a second, and by no request. */
  revokedSince(since: Date, transaction: Transaction | null): Promise<readonly string[]>;
  /** The ids of those that have not been revoked. */
  unrevoked(ids: readonly string[], transaction: Transaction | null): Promise<readonly string[]>;
}

/** Prepares the statements. */
export function createSessionReads({ prepareRead, dialect }: Pick<Database, 'prepareRead' | 'dialect'>): SessionReads {
  const live = prepareRead<Session>(
    `SELECT id, account_id AS userId, device_name AS deviceName, user_agent AS userAgent, ip_address AS ipAddress,
       created_at AS createdAt, last_used_at AS lastUsedAt, expires_at AS expiresAt
     FROM \`sessions\` WHERE id IN (?) AND revoked_at IS NULL AND expires_at > ? AND idle_expires_at > ?`,
  );
  const revokedSince = prepareRead<{ readonly id: string }>('SELECT id FROM `sessions` WHERE revoked_at >= ?', {
    announced: false,
  });
  const unrevoked = prepareRead<{ readonly id: string }>(
    'SELECT id FROM `sessions` WHERE id IN (?) AND revoked_at IS NULL',
  );

  return {
    live(ids, now, transaction, time) {
      const until = timestampText(dialect, now);
      return live([ids, until, until], transaction, time);
    },
    async revokedSince(since, transaction) {
      const rows = await revokedSince([timestampText(dialect, since)], transaction);
      return rows.map(({ id }) => id);
    },
    async unrevoked(ids, transaction) {
      const rows = await unrevoked([ids], transaction);
      return rows.map(({ id }) => id);
    },
  };
}
