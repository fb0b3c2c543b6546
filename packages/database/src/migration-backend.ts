import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Backend } from './backend.js';
import type { DatabaseLocation, MysqlLocation, SqliteLocation } from './database-url.js';
import { tryLockFile } from './file-lock.js';
import { MigrationRefusedError } from './migration.js';
import { openMysqlBackend } from './mysql-backend.js';
import type { MysqlQuery } from './mysql-connection.js';
import { openSqliteBackend } from './sqlite-backend.js';

const STATEMENT_TIMEOUT_MS = 600_000;
const BUSY_TIMEOUT_MS = 60_000;
const SILENCE_SECONDS = 28_800;
const CONNECT_MARGIN_MS = 10_000;
const POLL_MS = 50;

/**
 * Opens one connection for changes to a database's structure, with patience for long statements, as soon as no other
 * run has one. The right to it ends with the process that holds it, however that dies, but on a server not before the
 * statement that it has sent has ended, too.
 *
 * @throws MigrationRefusedError when another run keeps it for longer than that
 */
export async function openMigrationBackend(location: DatabaseLocation, lockWaitSeconds: number): Promise<Backend> {
  return location.dialect === 'mysql'
    ? await openOnServer(location, lockWaitSeconds)
    : await openFile(location, lockWaitSeconds);
}

/**
 * The connection that works is the one that holds the lock: a server goes on with the statement of a client that is
 * gone, and would let the next run in beside it if the lock belonged to another connection.
 */
async function openOnServer(location: MysqlLocation, lockWaitSeconds: number): Promise<Backend> {
  let connected = false;
  const backend = openMysqlBackend({
    location,
    poolSize: 1,
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    acquireTimeoutMs: lockWaitSeconds * 1000 + CONNECT_MARGIN_MS,
    idleTimeoutMs: SILENCE_SECONDS * 1000,
    onConnect: async (query) => {
      if (connected) throw new MigrationRefusedError('The connection that held the migration lock was lost.');
      // A server may close connections that are silent for less time than a migration takes between two statements.
      await query(`SET SESSION wait_timeout = ${String(SILENCE_SECONDS)}`);
      await takeLock(query, lockName(location.database), lockWaitSeconds);
      connected = true;
    },
  });
  try {
    await backend.sequelize.query('SELECT 1');
  } catch (error) {
    await backend.close();
    throw error;
  }
  return backend;
}

async function takeLock(query: MysqlQuery, name: string, waitSeconds: number): Promise<void> {
  const [answer] = await query('SELECT GET_LOCK(?, ?) AS acquired, IS_USED_LOCK(?) AS owner', [
    name,
    waitSeconds,
    name,
  ]);
  if (answer?.['acquired'] === 1) return;
  throw refusal(waitSeconds, `; connection ${String(answer?.['owner'])} of the server is at it`);
}

/** Locks are the server's, not the database's, and their names at most 64 characters long; databases' may be as long. */
function lockName(database: string): string {
  const name = `migrate:${database}`;
  return name.length <= 64 ? name : `migrate:${createHash('sha256').update(database).digest('hex').slice(0, 56)}`;
}

async function openFile({ file }: SqliteLocation, lockWaitSeconds: number): Promise<Backend> {
  const lock = await lockFile(`${file}.migrating`, lockWaitSeconds);
  try {
    const backend = await openSqliteBackend({ file, foreignKeys: false, busyTimeoutMs: BUSY_TIMEOUT_MS });
    return {
      ...backend,
      close: async () => {
        try {
          await backend.close();
        } finally {
          lock.release();
        }
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function lockFile(file: string, waitSeconds: number): Promise<{ release(): void }> {
  const deadline = Date.now() + waitSeconds * 1000;
  for (;;) {
    const lock = await tryLockFile(file);
    if (lock !== null) return lock;
    if (Date.now() >= deadline) throw refusal(waitSeconds);
    await sleep(POLL_MS * (0.5 + Math.random()));
  }
}

function refusal(waitSeconds: number, by = ''): MigrationRefusedError {
  return new MigrationRefusedError(
    `Another migration of this database has not ended within ${String(waitSeconds)} s${by}. Run this again afterwards.`,
  );
}
