import type { Database } from '@identity/database/connect';

/** Whether another connection to a MariaDB executes, or waits with, a statement of this form, as `LIKE` has it. */
export async function isInProcessList(database: Database, statement: string): Promise<boolean> {
  const [rows] = await database.sequelize.query(
    'SELECT id FROM information_schema.processlist WHERE info LIKE $1 AND id <> CONNECTION_ID() AND db IS NOT NULL',
    { bind: [statement] },
  );
  return rows.length > 0;
}
