import { setTimeout as sleep } from 'node:timers/promises';
import { SqliteError, isBusy, toSqliteError } from './sqlite-error.js';
import type { SqliteHandle, SqliteOutcome } from './sqlite-handle.js';
import type { EndTurn, WriteQueue } from './write-queue.js';

/** One connection to the file, waiting politely for locks. */
export interface SqliteSession {
  /** Runs one statement; waits at most the busy timeout for locks, then fails with SQLITE_BUSY. */
  execute(sql: string, parameters: Readonly<Record<string, unknown>>): Promise<SqliteOutcome>;
  /** Ends what is open and gives the handle back. */
  close(): void;
}

interface SessionOptions {
  readonly busyTimeoutMs: number;
  readonly queue: WriteQueue;
  /** Opens a handle, or hands out an idle one. */
  readonly borrow: () => SqliteHandle;
  /** Takes a handle back. */
  readonly giveBack: (handle: SqliteHandle) => void;
  /** Closes a handle that is of no use any more. */
  readonly discard: (handle: SqliteHandle) => void;
}

const READS = /^\s*(?:SELECT|PRAGMA|EXPLAIN|VALUES)\b/i;
const COMMITS = /^\s*(?:COMMIT|END)\b/i;
const ROLLS_BACK = /^\s*ROLLBACK\b(?!\s+(?:TRANSACTION\s+)?TO\b)/i;
const NOTHING: SqliteOutcome = { rows: [], changes: 0, lastId: 0 };

/** Creates a session; the file is opened by its first statement, and again after a failure. */
export function createSqliteSession({
  busyTimeoutMs,
  queue,
  borrow,
  giveBack,
  discard,
}: SessionOptions): SqliteSession {
  let handle: SqliteHandle | undefined;
  let endTurn: EndTurn | undefined;

  function attempt(sql: string, parameters: Readonly<Record<string, unknown>>): SqliteOutcome {
    try {
      handle ??= borrow();
      // After a full disk SQLite has rolled back by itself, and a transaction that never began needs no rollback.
      if (ROLLS_BACK.test(sql) && !handle.inTransaction) return NOTHING;
      return handle.execute(sql, parameters);
    } catch (thrown) {
      throw toSqliteError(thrown);
    }
  }

  /** Without this a failed commit would leave its lock behind: Sequelize forgets the connection without closing it. */
  function abandon(): void {
    if (handle !== undefined) discard(handle);
    handle = undefined;
  }

  async function attemptUntil(
    deadline: number,
    sql: string,
    parameters: Readonly<Record<string, unknown>>,
  ): Promise<SqliteOutcome> {
    for (let pause = 1; ; pause = Math.min(pause * 2, 40)) {
      try {
        return attempt(sql, parameters);
      } catch (error) {
        // Within a transaction waiting does not help: the snapshot it reads is old, and the whole must be repeated.
        const hopeless = handle?.inTransaction === true && !COMMITS.test(sql);
        if (!isBusy(error) || hopeless || Date.now() >= deadline) throw error;
      }
      await sleep(pause * (0.5 + Math.random()));
    }
  }

  return {
    execute: async (sql, parameters) => {
      const deadline = Date.now() + busyTimeoutMs;
      const needsTurn = handle?.inTransaction !== true && !READS.test(sql) && !ROLLS_BACK.test(sql);
      const turn = needsTurn ? await queue.takeTurn(busyTimeoutMs) : undefined;
      if (needsTurn && turn === undefined) throw new SqliteError('SQLITE_BUSY', 5, 'database is locked');
      try {
        return await attemptUntil(deadline, sql, parameters);
      } catch (error) {
        if (COMMITS.test(sql)) abandon();
        throw error;
      } finally {
        if (handle?.inTransaction === true) {
          endTurn ??= turn;
        } else {
          turn?.();
          endTurn?.();
          endTurn = undefined;
        }
      }
    },
    close: () => {
      if (handle !== undefined) giveBack(handle);
      handle = undefined;
      endTurn?.();
      endTurn = undefined;
    },
  };
}
