/** A value as the engine binds and returns it. */
export type SqliteValue = null | number | bigint | string | Uint8Array;

/** The part of `StatementSync` that is used. */
export interface EngineStatement {
  all(parameters: Record<string, SqliteValue>): Record<string, SqliteValue>[];
  run(parameters: Record<string, SqliteValue>): { changes: number | bigint; lastInsertRowid: number | bigint };
  columns(): { name: string; type: string | null }[];
  setReadBigInts(enabled: boolean): void;
}

/** The part of `DatabaseSync` that is used. */
export interface EngineDatabase {
  readonly isTransaction: boolean;
  prepare(sql: string): EngineStatement;
  exec(sql: string): void;
  close(): void;
}

/** An implementation of the `node:sqlite` API. */
export interface SqliteEngine {
  readonly DatabaseSync: new (path: string, options?: { timeout?: number }) => EngineDatabase;
}

/**
 * Loads the SQLite that Node brings along, where it has what is needed, and otherwise the package of the same API.
 */
export async function loadSqliteEngine(): Promise<SqliteEngine> {
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- @types/node 20 does not know the module; what Node 20 lacks is checked below
  const builtIn = process.getBuiltinModule('node:sqlite') as SqliteEngine | undefined;
  if (builtIn !== undefined && isComplete(builtIn)) return builtIn;
  return await import('@photostructure/sqlite');
}

/** Node 22.13 to 22.15 have the module, but cannot tell whether a transaction is open. */
function isComplete(engine: SqliteEngine): boolean {
  const probe = new engine.DatabaseSync(':memory:');
  try {
    return 'isTransaction' in probe;
  } finally {
    probe.close();
  }
}
