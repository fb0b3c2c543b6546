import type { Database } from './connect.js';
import { pendingMigrations } from './migrate.js';
import { MigrationRefusedError, type Migration } from './migration.js';

/** The database lacks migrations that the code relies on. */
export class MigrationsPendingError extends Error {
  override readonly name = 'MigrationsPendingError';
}

/** Resolves when the database is up to date. @throws MigrationsPendingError naming what is missing. */
export async function requireMigrated(database: Database, migrations: readonly Migration[]): Promise<void> {
  const pending = await pendingMigrations({ database, migrations });
  if (pending.length > 0) throw new MigrationsPendingError(`not applied yet: ${pending.join(', ')}`);
}

/**
 * Creates the check of a service that runs: as {@link requireMigrated}, but once the database was up to date, it may
 * become newer. While replicas are replaced by those of the next version, the old ones must go on.
 */
export function createMigrationCheck(database: Database, migrations: readonly Migration[]): () => Promise<void> {
  let wasUpToDate = false;
  return async () => {
    try {
      await requireMigrated(database, migrations);
      wasUpToDate = true;
    } catch (error) {
      if (!(wasUpToDate && error instanceof MigrationRefusedError)) throw error;
    }
  };
}
