import type { ConnectionUsage } from './backend.js';
import { loadSqliteEngine } from './sqlite-engine.js';
import { SqliteError, toSqliteError } from './sqlite-error.js';
import { type SqliteHandle, type SqliteOutcome, openSqliteHandle } from './sqlite-handle.js';
import { createSqliteSession } from './sqlite-session.js';
import { createWriteQueue } from './write-queue.js';

interface SqliteDriverOptions {
  readonly foreignKeys: boolean;
  /** How long a statement waits for locks, in milliseconds. */
  readonly busyTimeoutMs: number;
}

type Parameters = Readonly<Record<string, unknown>>;
type Callback = (this: Statement, error: Error | null, rows?: Record<string, unknown>[]) => void;
type CloseCallback = (error: Error | null) => void;

/** What Sequelize reads a statement's effects from. It looks at the name of this class. */
class Statement {
  readonly lastID: number;
  readonly changes: number;

  constructor({ lastId, changes }: SqliteOutcome) {
    this.lastID = lastId;
    this.changes = changes;
  }
}

/**
 * What Sequelize sends of its own accord: the question for the columns' types before each query, to decode values,
 * which come decoded from here; and the switch for foreign keys, which belongs to this driver's options.
 */
function isHousekeeping(sql: string): boolean {
  return sql.startsWith('PRAGMA table_info(') || sql === 'PRAGMA FOREIGN_KEYS=ON';
}

const MAX_IDLE_HANDLES = 4;
const FAILED: SqliteOutcome = { rows: [], changes: 0, lastId: 0 };

/** What is sent on a connection of this driver, as the sqlite3 package has it. */
interface SqliteConnection {
  all(sql: string, parameters: Parameters, callback: Callback): void;
}

/** A module for Sequelize's `dialectModule`, for one file. */
export interface SqliteDriver {
  readonly Database: new (filename: string, mode: number, callback: CloseCallback) => SqliteConnection;
  readonly OPEN_READONLY: number;
  readonly OPEN_READWRITE: number;
  readonly OPEN_CREATE: number;
  usage(): ConnectionUsage;
  /** Closes the idle handles; those in use are closed when they are given back. */
  release(): void;
}

/**
 * Makes the `node:sqlite` API look like the sqlite3 package, as far as Sequelize 6.37 uses it. Statements run
 * synchronously, but their callbacks come in a later turn of the event loop, so that a row of them lets others in.
 */
export async function createSqliteDriver(options: SqliteDriverOptions): Promise<SqliteDriver> {
  const engine = await loadSqliteEngine();
  const queue = createWriteQueue();
  // Sequelize opens a connection for every transaction; an idle one spares that and keeps its prepared statements.
  const idle: SqliteHandle[] = [];
  let used = 0;
  let released = false;

  function borrow(filename: string): SqliteHandle {
    const handle = idle.pop() ?? openSqliteHandle(engine, filename, options.foreignKeys);
    used += 1;
    return handle;
  }

  function giveBack(handle: SqliteHandle): void {
    if (released || handle.inTransaction || idle.length >= MAX_IDLE_HANDLES) {
      discard(handle);
      return;
    }
    used -= 1;
    idle.push(handle);
  }

  function discard(handle: SqliteHandle): void {
    used -= 1;
    handle.close();
  }

  class Database {
    readonly filename: string;
    /** Written and read by Sequelize. */
    uuid: string | undefined;
    readonly #session;
    readonly #onClosed: CloseCallback[] = [];
    #pending = 0;
    #closing = false;

    constructor(filename: string, _mode: number, callback: CloseCallback) {
      this.filename = filename;
      this.#session = createSqliteSession({
        busyTimeoutMs: options.busyTimeoutMs,
        queue,
        borrow: () => borrow(filename),
        giveBack,
        discard,
      });
      queueMicrotask(() => {
        callback(null);
      });
    }

    serialize(work: () => void): void {
      work();
    }

    run(sql: string, parameters?: Parameters | Callback, callback?: Callback): void {
      this.all(sql, parameters, callback);
    }

    all(sql: string, parameters?: Parameters | Callback, callback?: Callback): void {
      const done = typeof parameters === 'function' ? parameters : callback;
      if (isHousekeeping(sql)) {
        done?.call(new Statement(FAILED), null, []);
        return;
      }
      if (this.#closing) {
        done?.call(new Statement(FAILED), new SqliteError('SQLITE_MISUSE', 21, 'the connection is closed'));
        return;
      }
      this.#pending += 1;
      this.#session.execute(sql, typeof parameters === 'object' ? parameters : {}).then(
        (outcome) => {
          this.#settle(done, outcome, null);
        },
        (error: unknown) => {
          this.#settle(done, FAILED, toSqliteError(error));
        },
      );
    }

    close(callback?: CloseCallback): void {
      if (callback !== undefined) this.#onClosed.push(callback);
      this.#closing = true;
      if (this.#pending === 0) this.#close();
    }

    #settle(done: Callback | undefined, outcome: SqliteOutcome, error: Error | null): void {
      setImmediate(() => {
        this.#pending -= 1;
        done?.call(new Statement(outcome), error, outcome.rows);
        if (this.#closing && this.#pending === 0) this.#close();
      });
    }

    #close(): void {
      this.#session.close();
      for (const callback of this.#onClosed.splice(0)) {
        queueMicrotask(() => {
          callback(null);
        });
      }
    }
  }

  return {
    Database,
    OPEN_READONLY: 1,
    OPEN_READWRITE: 2,
    OPEN_CREATE: 4,
    usage: () => ({ used, idle: idle.length, waiting: queue.waiting }),
    release: () => {
      released = true;
      for (const handle of idle.splice(0)) handle.close();
    },
  };
}
