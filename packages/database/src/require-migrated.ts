import type { Database } from './connect.js';
import { pendingMigrations } from './migrate.js';
import type { Migration } from './migration.js';

/** The database lacks migrations that the code relies on. */
export class MigrationsPendingError extends Error {
  override readonly name = 'MigrationsPendingError';
}

/** Resolves when the database is up to date. @throws MigrationsPendingError naming what is missing. */
export async function requireMigrated(database: Database, migrations: readonly Migration[]): Promise<void> {
  const pending = await pendingMigrations({ database, migrations });
  if (pending.length > 0) throw new MigrationsPendingError(`not applied yet: ${pending.join(', ')}`);
}
