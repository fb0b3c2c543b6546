import { open } from 'node:fs/promises';
import { loadSqliteEngine } from './sqlite-engine.js';
import { isBusy, toSqliteError } from './sqlite-error.js';

/** A lock that one process holds, and that ends with it, however it dies. */
export interface FileLock {
  release(): void;
}

/**
 * Locks an empty database file, and leaves it there: were it removed, one process could hold the lock on the removed
 * file and another one on its successor.
 *
 * @returns null when somebody else holds the lock
 */
export async function tryLockFile(file: string): Promise<FileLock | null> {
  await (await open(file, 'a', 0o600)).close();
  const { DatabaseSync } = await loadSqliteEngine();
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (thrown) {
    database.close();
    if (isBusy(toSqliteError(thrown))) return null;
    throw thrown;
  }
  return {
    release() {
      database.exec('ROLLBACK');
      database.close();
    },
  };
}
