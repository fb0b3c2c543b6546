import { setTimeout as sleep } from 'node:timers/promises';
import type { Sequelize, Transaction } from 'sequelize';
import type { Backend, ConnectionUsage } from './backend.js';
import { type DatabaseLocation, parseDatabaseUrl } from './database-url.js';
import { openMysqlBackend } from './mysql-backend.js';
import { openSqliteBackend } from './sqlite-backend.js';
import { createReads, type Reader, type ReadSettings } from './read.js';
import { observeStatements, type ObserveStatement } from './statement-observer.js';
import { createTimeBudgets, type TimeBudget, type TimeBudgets } from './time-budget.js';
import { retryTransientFailures } from './transient-failure.js';

export interface DatabaseOptions {
  /** `mysql://…`, `mariadb://…` (add `?tls=true` to encrypt and verify) or `sqlite:path/to/file`. */
  readonly url: string;
  /** How many connections to MySQL are open at most; 10 by default. SQLite opens one for each transaction. */
  readonly poolSize?: number;
  /**
   * How long a statement may take, waiting for a connection may take, and all of both may take within one request, in
   * milliseconds; 10,000 by default.
   */
  readonly timeoutMs?: number;
  /** Gets every statement that is sent. Statements contain values: for tests, not for logs. */
  readonly onStatement?: (sql: string) => void;
  /** Watches every statement, without its values: for traces. */
  readonly observeStatement?: ObserveStatement | undefined;
  /** How this client is named in MySQL's connection attributes. */
  readonly name?: string;
}

export interface Database {
  readonly sequelize: Sequelize;
  readonly dialect: 'mysql' | 'sqlite';
  /** Where it is. Holds the password. */
  readonly location: DatabaseLocation;
  /**
   * Prepares a SELECT for a hot path, with `?` in place of each value; a list stands in `IN (?)`. Rows come as the driver
   * reads them: a flag is 1 or 0. What fails, fails as Sequelize's queries do.
   */
  prepareRead<Row extends object>(sql: string, settings?: ReadSettings): Reader<Row>;
  /** Runs a request: what its statements may take together is limited. Work that belongs to no request has no such limit. */
  limitTime<T>(request: () => Promise<T>): Promise<T>;
  /**
   * The time of the request that is run by `limitTime`; otherwise a new one, for a request that hands it to its reads
   * itself. That is much cheaper, and enough for whoever only reads.
   */
  requestTime(): TimeBudget;
  /**
   * Runs work in a transaction: commits when it resolves, rolls back when it rejects. On a deadlock, a lock that is not
   * free in time or a busy file, the whole is repeated while there is time, so the work must be repeatable: everything it
   * changes outside the database, it may change more than once. Statements join only by `{ transaction }`; one that is sent without it
   * waits for the transaction's own lock until it fails.
   *
   * @throws what the work threw; Sequelize's error when the database refused
   */
  transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T>;
  /**
   * Asks the database for a sign of life. Calls at the same time share one question.
   *
   * @throws Error when there is no answer within 3 s; Sequelize's error when it cannot be asked
   */
  ping(): Promise<void>;
  /** How its connections are used at the moment. */
  usage(): ConnectionUsage;
  /** Refuses new transactions, lets those under way finish (at most 10 s), and disconnects. Safe to call again. */
  close(): Promise<void>;
}

const DEFAULT_POOL_SIZE = 10;
const DEFAULT_TIMEOUT_MS = 10_000;
const PING_TIMEOUT_MS = 3_000;
const CLOSE_GRACE_MS = 10_000;

/**
 * Prepares access to a database. A server is not contacted before the first statement, so a service starts while its
 * database is down, and recovers when that comes back; an SQLite file and its folder are created here.
 *
 * @throws DatabaseUrlError for a URL that cannot be used
 * @throws an error of the file system when an SQLite file cannot be created
 */
export async function connectDatabase(options: DatabaseOptions): Promise<Database> {
  const location = parseDatabaseUrl(options.url);
  const { timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const budgets = createTimeBudgets(timeoutMs);
  const backend = await openBackend(location, options, timeoutMs, budgets);
  const { sequelize, deadlines, reads: protocol } = backend;
  const { observeStatement, onStatement } = options;
  const watch = observeStatement && observeStatements(sequelize, location, observeStatement);
  const underWay = new Set<Promise<unknown>>();
  let closed: Promise<void> | undefined;
  let pinging: Promise<void> | undefined;

  async function close(): Promise<void> {
    const grace = new AbortController();
    await Promise.race([
      Promise.allSettled(underWay),
      sleep(CLOSE_GRACE_MS, undefined, { signal: grace.signal }).catch(() => undefined),
    ]);
    grace.abort();
    await backend.close();
  }

  async function ping(): Promise<void> {
    const question = backend.sequelize.query('SELECT 1').then(() => true);
    const patience = new AbortController();
    const timeout = sleep(PING_TIMEOUT_MS, false, { signal: patience.signal });
    // Aborting rejects it, as a late answer may the question; the race decides, and the other must not go unhandled.
    timeout.catch(() => undefined);
    question.catch(() => undefined);
    try {
      if (!(await Promise.race([question, timeout]))) throw new Error('The database did not answer in time.');
    } finally {
      patience.abort();
    }
  }

  async function attempt<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    return backend.sequelize.transaction(async (transaction) => {
      const result = await work(transaction);
      budgets.current().assertLeft();
      return result;
    });
  }

  return {
    sequelize: backend.sequelize,
    dialect: location.dialect,
    location,
    prepareRead: createReads({ sequelize, protocol, deadlines, onStatement, watch }),
    limitTime: budgets.run,
    requestTime: budgets.ofRequest,
    transaction: async (work) => {
      if (closed !== undefined) throw new Error('The database connection is closed.');
      const until = performance.now() + Math.min(timeoutMs, budgets.current().leftMs());
      const running = retryTransientFailures(() => attempt(work), until);
      underWay.add(running);
      try {
        return await running;
      } finally {
        underWay.delete(running);
      }
    },
    ping: () => {
      pinging ??= ping().finally(() => {
        pinging = undefined;
      });
      return pinging;
    },
    usage: backend.usage,
    close: () => {
      closed ??= close();
      return closed;
    },
  };
}

async function openBackend(
  location: DatabaseLocation,
  { onStatement, name, poolSize = DEFAULT_POOL_SIZE }: DatabaseOptions,
  timeoutMs: number,
  budgets: TimeBudgets,
): Promise<Backend> {
  const common = { onStatement, budgets };
  return location.dialect === 'sqlite'
    ? await openSqliteBackend({ ...common, file: location.file, foreignKeys: true, busyTimeoutMs: timeoutMs })
    : openMysqlBackend({ ...common, location, poolSize, statementTimeoutMs: timeoutMs, name });
}
