import { QueryTypes, type Sequelize } from 'sequelize';

/** The table `migrations`: which ones have been applied. */
export interface MigrationStorage {
  /** Creates the table unless it exists. */
  prepare(): Promise<void>;
  /** The names of the applied ones, in their order; none while there is no table. */
  applied(): Promise<string[]>;
  record(name: string): Promise<void>;
  forget(name: string): Promise<void>;
}

/**
 * Creates the storage. Umzug's own would create its table on every read, so that even asking what is pending, as a
 * readiness probe does, would take the right to create tables.
 */
export function createMigrationStorage(sequelize: Sequelize): MigrationStorage {
  const name =
    sequelize.getDialect() === 'mysql' ? 'VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin' : 'VARCHAR(190)';
  return {
    prepare: async () => {
      await sequelize.query(
        `CREATE TABLE IF NOT EXISTS migrations (name ${name} NOT NULL PRIMARY KEY, applied_at VARCHAR(30) NOT NULL)`,
      );
    },
    applied: async () => {
      if (!(await sequelize.getQueryInterface().tableExists('migrations'))) return [];
      const rows = await sequelize.query<{ name: string }>('SELECT name FROM migrations ORDER BY name', {
        type: QueryTypes.SELECT,
      });
      return rows.map((row) => row.name);
    },
    record: async (applied) => {
      await sequelize.query('INSERT INTO migrations (name, applied_at) VALUES ($1, $2)', {
        bind: [applied, new Date().toISOString()],
      });
    },
    forget: async (reverted) => {
      await sequelize.query('DELETE FROM migrations WHERE name = $1', { bind: [reverted] });
    },
  };
}
