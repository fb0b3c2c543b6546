import { QueryTypes, type Sequelize } from 'sequelize';

/**
 * Runs a migration in a transaction on the connection that all statements without a transaction of their own share, so
 * that none of them can be left out. Foreign keys are off on it, because rebuilding a table would delete what refers
 * to it; they are verified before the commit instead.
 *
 * @throws what the change threw, or Error when it leaves a reference without its row; nothing is changed then
 */
export async function atomically(sequelize: Sequelize, change: () => Promise<void>): Promise<void> {
  await sequelize.query('BEGIN IMMEDIATE');
  try {
    await change();
    const broken = await sequelize.query('PRAGMA foreign_key_check', { type: QueryTypes.SELECT });
    if (broken.length > 0) throw new Error(`${String(broken.length)} rows refer to rows that do not exist.`);
    await sequelize.query('COMMIT');
  } catch (error) {
    await sequelize.query('ROLLBACK');
    throw error;
  }
}
