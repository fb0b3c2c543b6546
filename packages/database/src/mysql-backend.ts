import type { Socket } from 'node:net';
import { promisify } from 'node:util';
import mysql2 from 'mysql2';
import { Sequelize } from 'sequelize';
import { type Backend, type ConnectionUsage, statementLogging } from './backend.js';
import type { MysqlLocation } from './database-url.js';

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
  readonly onStatement?: ((sql: string) => void) | undefined;
}

/** Sends one statement on one connection. */
export type MysqlQuery = (sql: string, values?: readonly unknown[]) => Promise<readonly MysqlRow[]>;

type MysqlRow = Readonly<Record<string, unknown>>;

/** The part of a mysql2 connection that is used. */
interface Connection {
  readonly stream: Socket;
  query(
    sql: string,
    values: readonly unknown[],
    callback: (error: Error | null, rows: readonly MysqlRow[]) => void,
  ): void;
}

const CONNECT_TIMEOUT_MS = 5_000;
const ACQUIRE_TIMEOUT_MS = 10_000;
const IDLE_TIMEOUT_MS = 10_000;
const CLOSE_GRACE_MS = 5_000;
const LOCK_WAIT_SECONDS = 5;

// Any version Sequelize supports: without one it opens an extra connection only to ask. The option is missing in its types.
const KNOWN_VERSION = { databaseVersion: '8.0.11' };

// NO_BACKSLASH_ESCAPES and ANSI_QUOTES have to be off for Sequelize's escaping to be safe, whatever the server's default.
const SQL_MODE = 'STRICT_ALL_TABLES,ONLY_FULL_GROUP_BY,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION';

/** Prepares Sequelize on a MySQL or MariaDB server. Connects with the first statement, not before. */
export function openMysqlBackend(options: MysqlBackendOptions): Backend {
  const { location } = options;
  const open = new Map<Connection, Promise<void>>();
  const sequelize = new Sequelize(location.database, location.user, location.password, {
    dialect: 'mysql',
    dialectModule: mysql2,
    host: location.host,
    port: location.port,
    timezone: '+00:00',
    ...KNOWN_VERSION,
    pool: {
      max: options.poolSize,
      min: 0,
      idle: options.idleTimeoutMs ?? IDLE_TIMEOUT_MS,
      acquire: options.acquireTimeoutMs ?? ACQUIRE_TIMEOUT_MS,
    },
    logging: statementLogging(options.onStatement),
    retry: { max: 1 },
    dialectOptions: {
      connectTimeout: CONNECT_TIMEOUT_MS,
      charset: 'utf8mb4_bin',
      // An UPDATE then counts the rows it matched, as SQLite does, and not only those whose values changed.
      flags: ['FOUND_ROWS'],
      maxPreparedStatements: 256,
      ...(options.name === undefined ? {} : { connectAttributes: { program_name: options.name } }),
      ...tlsOptions(location),
    },
    hooks: {
      afterConnect: async (opened) => {
        // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- unknown to Sequelize; the dialect module above decides what it is
        const connection = opened as Connection;
        const ended = new Promise<void>((resolve) => connection.stream.once('close', resolve));
        open.set(connection, ended);
        void ended.then(() => open.delete(connection));
        destroyWhenSilent(connection, options.statementTimeoutMs + 2_000);
        try {
          const query = queryOn(connection);
          await configureSession(query, options.statementTimeoutMs);
          await options.onConnect?.(query);
        } catch (error) {
          connection.stream.destroy();
          throw error;
        }
      },
    },
  });
  return {
    sequelize,
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

/** The server bounds its own statements; this bounds the wait for a server, or a network, that stopped answering. */
function destroyWhenSilent({ stream }: Connection, timeoutMs: number): void {
  stream.setTimeout(timeoutMs, () => {
    stream.destroy(Object.assign(new Error('The database did not answer in time.'), { code: 'ECONNRESET' }));
  });
}

function queryOn(connection: Connection): MysqlQuery {
  const query = promisify(connection.query.bind(connection));
  return (sql, values = []) => query(sql, values);
}

async function configureSession(query: MysqlQuery, statementTimeoutMs: number): Promise<void> {
  await query('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED');
  // The comments are read by MySQL only and by MariaDB only; MySQL's limit covers SELECT, MariaDB's every statement.
  await query(
    `SET SESSION sql_mode = '${SQL_MODE}', innodb_lock_wait_timeout = ${String(LOCK_WAIT_SECONDS)}` +
      ` /*!50708 , max_execution_time = ${String(statementTimeoutMs)} */` +
      ` /*M!100101 , max_statement_time = ${String(statementTimeoutMs / 1000)} */`,
  );
}
