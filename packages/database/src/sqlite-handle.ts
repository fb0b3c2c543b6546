import { types } from 'node:util';
import type { EngineDatabase, EngineStatement, SqliteEngine, SqliteValue } from './sqlite-engine.js';

/** What one statement did. */
export interface SqliteOutcome {
  readonly rows: Record<string, unknown>[];
  readonly changes: number;
  readonly lastId: number;
}

/** An open connection of the engine, which speaks the values that Sequelize speaks. */
export interface SqliteHandle {
  readonly inTransaction: boolean;
  /** Runs one statement, synchronously. */
  execute(sql: string, parameters: Readonly<Record<string, unknown>>): SqliteOutcome;
  close(): void;
}

const MAX_CACHED_STATEMENTS = 64;

/**
 * Opens a file.
 *
 * WAL lets readers pass a writer. `synchronous=FULL` makes an acknowledged write survive not only the death of the
 * process but also a power cut, as InnoDB's default does; it costs one fsync a commit. The busy timeout is 0 because
 * this API is synchronous: waiting in it would stop the very event loop on which the lock's holder has to go on.
 */
export function openSqliteHandle(engine: SqliteEngine, file: string, foreignKeys: boolean): SqliteHandle {
  const database = new engine.DatabaseSync(file, { timeout: 0 });
  try {
    database.exec(
      `PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=${foreignKeys ? 'ON' : 'OFF'};`,
    );
  } catch (error) {
    database.close();
    throw error;
  }
  const statements = new Map<string, PreparedStatement>();
  return {
    get inTransaction() {
      return database.isTransaction;
    },
    execute: (sql, parameters) => run(prepared(database, statements, withoutNul(sql)), encodeAll(parameters)),
    close: () => {
      statements.clear();
      // Closing alone would keep the lock for as long as a prepared statement has not been collected.
      if (database.isTransaction) database.exec('ROLLBACK');
      database.close();
    },
  };
}

/**
 * Sequelize writes values into conditions, and SQLite ends a statement at the first NUL. One can only stand within a
 * quoted value, which is here interrupted by an expression for it.
 */
function withoutNul(sql: string): string {
  return sql.replaceAll('\0', "'||char(0)||'");
}

/** A statement and what is known of its columns: whether there are any, and which hold dates. */
interface PreparedStatement {
  readonly engine: EngineStatement;
  readonly columns: () => StatementColumns;
}

interface StatementColumns {
  readonly none: boolean;
  readonly dates: ReadonlySet<string>;
}

function prepare(database: EngineDatabase, sql: string): PreparedStatement {
  const engine = database.prepare(sql);
  engine.setReadBigInts(true);
  // What a star stands for can change while the statement is kept.
  if (sql.includes('*')) return { engine, columns: () => columnsOf(engine) };
  const columns = columnsOf(engine);
  return { engine, columns: () => columns };
}

function columnsOf(engine: EngineStatement): StatementColumns {
  const columns = engine.columns();
  const dates = new Set(columns.filter(({ type }) => isDateType(type)).map(({ name }) => name));
  return { none: columns.length === 0, dates };
}

function prepared(
  database: EngineDatabase,
  statements: Map<string, PreparedStatement>,
  sql: string,
): PreparedStatement {
  const known = statements.get(sql);
  // A Map keeps the order of insertion: taking a statement out and in again makes the first key the least recently used.
  if (known !== undefined) statements.delete(sql);
  const statement = known ?? prepare(database, sql);
  statements.set(sql, statement);
  const [oldest] = statements.keys();
  if (oldest !== undefined && statements.size > MAX_CACHED_STATEMENTS) statements.delete(oldest);
  return statement;
}

function run({ engine, columns }: PreparedStatement, parameters: Record<string, SqliteValue>): SqliteOutcome {
  const { none, dates } = columns();
  if (none) {
    const { changes, lastInsertRowid } = engine.run(parameters);
    return { rows: [], changes: Number(changes), lastId: Number(lastInsertRowid) };
  }
  const rows = engine.all(parameters).map((row) => decodeRow(row, dates));
  return { rows, changes: 0, lastId: 0 };
}

function isDateType(type: string | null): boolean {
  return type?.toUpperCase().startsWith('DATETIME') ?? false;
}

function decodeRow(row: Record<string, SqliteValue>, dates: ReadonlySet<string>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, decode(value, dates.has(name))]));
}

/** Gives what mysql2 gives for the same column: Buffers, Dates, and strings for integers that a number cannot hold. */
function decode(value: SqliteValue, isDate: boolean): unknown {
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value.toString();
  }
  if (types.isUint8Array(value)) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return isDate && typeof value === 'string' ? new Date(value) : value;
}

function encodeAll(parameters: Readonly<Record<string, unknown>>): Record<string, SqliteValue> {
  return Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, encode(value)]));
}

function encode(value: unknown): SqliteValue {
  switch (typeof value) {
    case 'string':
      // The engine for Node 20 would silently store only what stands before it.
      if (value.includes('\0')) throw new TypeError('Text for SQLite must not contain NUL.');
      return value;
    case 'bigint':
      return value;
    case 'number':
      // The engine binds every number as a double, which a TEXT column would store as "1.0".
      return Number.isSafeInteger(value) ? BigInt(value) : value;
    case 'boolean':
      return value ? 1n : 0n;
    case 'undefined':
      return null;
    case 'object':
      return encodeObject(value);
    case 'function':
    case 'symbol':
      throw new TypeError('A parameter has a type that SQLite cannot store.');
  }
}

function encodeObject(value: unknown): SqliteValue {
  if (value === null || types.isUint8Array(value)) return value;
  // The form in which Sequelize itself stores dates on SQLite, so that both compare.
  if (types.isDate(value)) return `${value.toISOString().replace('T', ' ').slice(0, -1)} +00:00`;
  throw new TypeError('A parameter has a type that SQLite cannot store.');
}
