import type { Database } from '@identity/database/connect';
import { Op, type Transaction } from 'sequelize';
import type { SessionMaintenance } from '../domain/ports.js';
import type { Models } from './models.js';

/**
 * Changes sessions in SQL. Rows that a request holds are skipped, so that neither waits for the other. Its statements
 * are not shown to whoever counts what requests cost: no request causes them.
 */
export function createSessionMaintenance(
  database: Pick<Database, 'transaction'>,
  { sessions, refreshTokens }: Pick<Models, 'sessions' | 'refreshTokens'>,
): SessionMaintenance {
  const unseen = (transaction: Transaction) => ({ transaction, logging: false }) as const;
  const unlocked = (transaction: Transaction) => ({ ...unseen(transaction), lock: true, skipLocked: true }) as const;

  return {
    noteUse: (sessionIds, at, unlessSince) =>
      database.transaction(async (transaction) => {
        const found = await sessions.findAll({
          attributes: ['id'],
          where: { id: [...sessionIds], lastUsedAt: { [Op.lte]: unlessSince }, revokedAt: null },
          ...unlocked(transaction),
        });
        if (found.length === 0) return;
        const ids = found.map((row) => row.get().id);
        await sessions.update({ lastUsedAt: at }, { where: { id: ids }, ...unseen(transaction) });
      }),

    removeTokensExpiredBefore: (time, limit) =>
      database.transaction(async (transaction) => {
        const found = await refreshTokens.findAll({
          attributes: ['digest'],
          where: { expiresAt: { [Op.lt]: time } },
          order: [['expiresAt', 'ASC']],
          limit,
          ...unlocked(transaction),
        });
        if (found.length === 0) return 0;
        const digests = found.map((row) => row.get().digest);
        return refreshTokens.destroy({ where: { digest: digests }, ...unseen(transaction) });
      }),

    removeSessionsIdleBefore: (time, limit) =>
      database.transaction(async (transaction) => {
        const found = await sessions.findAll({
          attributes: ['id'],
          where: { idleExpiresAt: { [Op.lt]: time } },
          order: [['idleExpiresAt', 'ASC']],
          limit,
          ...unlocked(transaction),
        });
        if (found.length === 0) return 0;
        return sessions.destroy({ where: { id: found.map((row) => row.get().id) }, ...unseen(transaction) });
      }),
  };
}
