import type { Database } from '@identity/database/connect';
import { systemClock, type Clock } from '@identity/service-kit/clock';
import { QueryTypes } from 'sequelize';

/**
 * Creates a clock that goes by the time of the database's machine, whatever this one says. It is asked once. An SQLite
 * file is on this machine.
 */
export async function createDatabaseClock({
  dialect,
  sequelize,
}: Pick<Database, 'dialect' | 'sequelize'>): Promise<Clock> {
  if (dialect === 'sqlite') return systemClock;
  const askedAt = performance.now();
  const [row] = await sequelize.query<{ readonly milliseconds: number }>(
    "SELECT TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(3)) DIV 1000 AS milliseconds",
    { type: QueryTypes.SELECT },
  );
  if (row === undefined) throw new Error('the database does not tell the time');
  return () => new Date(row.milliseconds + performance.now() - askedAt);
}
