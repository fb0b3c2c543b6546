import { types } from 'node:util';

/** An error of SQLite, with the codes and the message that Sequelize knows from the sqlite3 package. */
export class SqliteError extends Error {
  override readonly name = 'SqliteError';
  readonly code: string;
  /** SQLite's extended result code. */
  readonly errno: number;

  constructor(code: string, errno: number, message: string) {
    super(`${code}: ${message}`);
    this.code = code;
    this.errno = errno;
  }
}

const NAMES: Readonly<Record<number, string>> = {
  5: 'SQLITE_BUSY',
  6: 'SQLITE_LOCKED',
  7: 'SQLITE_NOMEM',
  8: 'SQLITE_READONLY',
  9: 'SQLITE_INTERRUPT',
  10: 'SQLITE_IOERR',
  11: 'SQLITE_CORRUPT',
  13: 'SQLITE_FULL',
  14: 'SQLITE_CANTOPEN',
  18: 'SQLITE_TOOBIG',
  19: 'SQLITE_CONSTRAINT',
  20: 'SQLITE_MISMATCH',
  26: 'SQLITE_NOTADB',
  275: 'SQLITE_CONSTRAINT_CHECK',
  787: 'SQLITE_CONSTRAINT_FOREIGNKEY',
  1299: 'SQLITE_CONSTRAINT_NOTNULL',
  1555: 'SQLITE_CONSTRAINT_PRIMARYKEY',
  1811: 'SQLITE_CONSTRAINT_TRIGGER',
  2067: 'SQLITE_CONSTRAINT_UNIQUE',
  // A violated INTEGER PRIMARY KEY; Sequelize only knows the name of the others.
  2579: 'SQLITE_CONSTRAINT_PRIMARYKEY',
};

/** Names an error of the engine as the sqlite3 package would; other values come back as they are, as Errors. */
export function toSqliteError(thrown: unknown): Error {
  // Not `instanceof`: the engine's errors belong to the main context, also for code that runs in another one.
  if (!types.isNativeError(thrown)) return new Error('SQLite failed without an Error.');
  const errno: unknown = 'errcode' in thrown ? thrown.errcode : undefined;
  if (typeof errno !== 'number') return thrown;
  const code = NAMES[errno] ?? NAMES[errno & 0xff] ?? 'SQLITE_ERROR';
  return new SqliteError(code, errno, thrown.message);
}

/** Whether another connection holds the lock that was needed. */
export function isBusy(error: unknown): boolean {
  return error instanceof SqliteError && error.code === 'SQLITE_BUSY';
}
