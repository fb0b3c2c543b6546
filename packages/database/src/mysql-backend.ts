import mysql2 from 'mysql2';
import { Sequelize } from 'sequelize';
import { type Backend, type ConnectionUsage, statementLogging } from './backend.js';
import type { MysqlLocation } from './database-url.js';
import { enforceDeadlines } from './deadlines.js';
import {
  asMysqlConnection,
  breakOff,
  breakOffUnlessAlive,
  queryOn,
  type MysqlConnection,
  type MysqlQuery,
} from './mysql-connection.js';
import { createMysqlReads } from './mysql-reads.js';
import type { TimeBudgets } from './time-budget.js';

interface MysqlBackendOptions {
  readonly location: MysqlLocation;
  /** How many connections are open at most. */
  readonly poolSize: number;
  /** How long a statement may take, in milliseconds. */
  readonly statementTimeoutMs: number;
  /** How long a statement may wait for a connection, in milliseconds. */
  readonly acquireTimeoutMs?: number;
  /** After how many milliseconds a connection that nobody uses is closed. */
  readonly idleTimeoutMs?: number;
  /** Prepares every new connection. What it throws, the statement throws that needed the connection. */
  readonly onConnect?: (query: MysqlQuery) => Promise<void>;
  readonly name?: string | undefined;
  /** The time that requests have. */
  readonly budgets?: TimeBudgets | undefined;
  readonly onStatement?: ((sql: string) => void) | undefined;
}

/** A slow server needs several exchanges until a connection is there, and may well answer statements in time. */
const CONNECT_TIMEOUT_MS = { min: 1_000, max: 5_000 };
const IDLE_TIMEOUT_MS = 10_000;
const CLOSE_GRACE_MS = 5_000;
/** The server counts whole seconds. */
const LOCK_WAIT_SECONDS = { min: 1, max: 5 };

/**
 * Missing in Sequelize's types. Any version that it supports: without one it opens an extra connection only to ask. The
 * time zone is set with the session's other settings.
 */
const UNTYPED_OPTIONS = { databaseVersion: '8.0.11', keepDefaultTimezone: true };

// NO_BACKSLASH_ESCAPES and ANSI_QUOTES have to be off for Sequelize's escaping to be safe, whatever the server's default.
const SQL_MODE = 'STRICT_ALL_TABLES,ONLY_FULL_GROUP_BY,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION';

/** Prepares Sequelize on a MySQL or MariaDB server. Connects with the first statement, not before. */
export function openMysqlBackend(options: MysqlBackendOptions): Backend {
  const { location } = options;
  const { statementTimeoutMs, idleTimeoutMs = IDLE_TIMEOUT_MS } = options;
  const open = new Map<MysqlConnection, Promise<void>>();

  /** Whatever keeps one connection silent may have broken others, which nobody would notice before using them. */
  function abandon(silent: unknown, isBusy: (connection: unknown) => boolean): void {
    for (const connection of open.keys()) {
      if (connection === silent) breakOff(connection);
      else if (!isBusy(connection)) breakOffUnlessAlive(connection);
    }
  }

  const sequelize = new Sequelize(location.database, location.user, location.password, {
    dialect: 'mysql',
    dialectModule: mysql2,
    host: location.host,
    port: location.port,
    timezone: '+00:00',
    ...UNTYPED_OPTIONS,
    pool: {
      max: options.poolSize,
      min: 0,
      idle: idleTimeoutMs,
      acquire: options.acquireTimeoutMs ?? statementTimeoutMs,
    },
    logging: statementLogging(options.onStatement),
    retry: { max: 1 },
    dialectOptions: {
      connectTimeout: within(CONNECT_TIMEOUT_MS, 2 * statementTimeoutMs),
      charset: 'utf8mb4_bin',
      // The driver reads dates far faster than Sequelize, which would make text of them first, and means the same by them.
      typeCast: true,
      // An UPDATE then counts the rows it matched, as SQLite does, and not only those whose values changed.
      flags: ['FOUND_ROWS'],
      maxPreparedStatements: 256,
      ...(options.name === undefined ? {} : { connectAttributes: { program_name: options.name } }),
      ...tlsOptions(location),
    },
    hooks: {
      afterConnect: async (opened) => {
        const connection = asMysqlConnection(opened);
        const ended = new Promise<void>((resolve) => connection.stream.once('close', resolve));
        open.set(connection, ended);
        void ended.then(() => open.delete(connection));
        // Nobody uses it for longer than that, and a server that is stopped would never answer its farewell.
        connection.stream.setTimeout(idleTimeoutMs + statementTimeoutMs + CLOSE_GRACE_MS, () => {
          breakOff(connection);
        });
        const patience = setTimeout(breakOff, statementTimeoutMs, connection);
        try {
          const query = queryOn(connection);
          await configureSession(query, statementTimeoutMs);
          await options.onConnect?.(query);
        } catch (error) {
          connection.stream.destroy();
          throw error;
        } finally {
          clearTimeout(patience);
        }
      },
    },
  });
  return {
    sequelize,
    deadlines: enforceDeadlines(sequelize, { statementTimeoutMs, budgets: options.budgets, abandon }),
    reads: createMysqlReads(sequelize),
    usage: () => usageOf(sequelize),
    close: async () => {
      // A server that is stopped, not gone, never answers the farewell.
      const timer = setTimeout(() => {
        for (const { stream } of open.keys()) stream.destroy();
      }, CLOSE_GRACE_MS);
      // A connection that breaks while it is being closed is closed.
      await sequelize.close().catch(() => undefined);
      await Promise.all(open.values());
      clearTimeout(timer);
    },
  };
}

/** Sequelize's pool is missing in its types. */
function usageOf({ connectionManager }: Sequelize): ConnectionUsage {
  const pool: unknown = Reflect.get(connectionManager, 'pool');
  const read = (name: string): number => {
    const value: unknown = typeof pool === 'object' && pool !== null ? Reflect.get(pool, name) : undefined;
    return typeof value === 'number' ? value : 0;
  };
  return { used: read('using'), idle: read('available'), waiting: read('waiting') };
}

/** The options of mysql2 that encrypt a connection and verify the server, where the URL asked for it. */
export function tlsOptions({ tls }: MysqlLocation): { ssl?: { minVersion: 'TLSv1.2'; rejectUnauthorized: true } } {
  return tls ? { ssl: { minVersion: 'TLSv1.2', rejectUnauthorized: true } } : {};
}

async function configureSession(query: MysqlQuery, statementTimeoutMs: number): Promise<void> {
  const lockWait = within(LOCK_WAIT_SECONDS, Math.floor(statementTimeoutMs / 1_000));
  // The comments are read by MySQL only and by MariaDB only; MySQL's limit covers SELECT, MariaDB's every statement.
  await query(
    `SET SESSION time_zone = '+00:00', sql_mode = '${SQL_MODE}', innodb_lock_wait_timeout = ${String(lockWait)}` +
      ` /*!50720 , transaction_isolation = 'READ-COMMITTED', max_execution_time = ${String(statementTimeoutMs)} */` +
      ` /*M!100101 , tx_isolation = 'READ-COMMITTED', max_statement_time = ${String(statementTimeoutMs / 1000)} */`,
  );
}

function within({ min, max }: { readonly min: number; readonly max: number }, value: number): number {
  return Math.min(Math.max(value, min), max);
}
