import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import mysql from 'mysql2/promise';
import type { DatabaseLocation, MysqlLocation } from './database-url.js';
import { tryLockFile } from './file-lock.js';
import { MigrationRefusedError } from './migration.js';
import { tlsOptions } from './mysql-backend.js';

/** The right to change a database's structure, held by one run at a time. */
export interface MigrationLock {
  /** @throws MigrationRefusedError when the lock was lost, with the connection that held it */
  assertHeld(): void;
  release(): Promise<void>;
}

const MAX_WAIT_SECONDS = 60;
const POLL_MS = 50;
const BUSY_MESSAGE = `Another migration of this database has not ended within ${String(MAX_WAIT_SECONDS)} s.`;

/**
 * Waits for the lock, at most 60 s. It ends with the process that holds it, however that dies.
 *
 * @throws MigrationRefusedError when another run keeps it
 */
export async function acquireMigrationLock(location: DatabaseLocation): Promise<MigrationLock> {
  return location.dialect === 'mysql' ? await lockOnServer(location) : await lockFile(`${location.file}.migrating`);
}

async function lockOnServer(location: MysqlLocation): Promise<MigrationLock> {
  const { host, port, user, password } = location;
  const connection = await mysql.createConnection({ host, port, user, password, ...tlsOptions(location) });
  let lost = false;
  connection.on('error', () => {
    lost = true;
  });
  try {
    // A server may close connections that are silent for less time than a migration takes.
    await connection.query('SET SESSION wait_timeout = 28800');
    const [rows] = await connection.query<mysql.RowDataPacket[]>('SELECT GET_LOCK(?, ?) AS acquired', [
      lockName(location.database),
      MAX_WAIT_SECONDS,
    ]);
    if (rows[0]?.['acquired'] !== 1) throw new MigrationRefusedError(BUSY_MESSAGE);
  } catch (error) {
    connection.destroy();
    throw error;
  }
  return {
    assertHeld: () => {
      if (lost) throw new MigrationRefusedError('The migration lock was lost: its connection was closed.');
    },
    release: async () => {
      if (lost) return;
      await connection.query('SELECT RELEASE_LOCK(?)', [lockName(location.database)]);
      await connection.end();
    },
  };
}

/** Locks are the server's, not the database's, and their names at most 64 characters long; databases' may be as long. */
function lockName(database: string): string {
  const name = `migrate:${database}`;
  return name.length <= 64 ? name : `migrate:${createHash('sha256').update(database).digest('hex').slice(0, 56)}`;
}

async function lockFile(file: string): Promise<MigrationLock> {
  const deadline = Date.now() + MAX_WAIT_SECONDS * 1000;
  for (;;) {
    const lock = await tryLockFile(file);
    if (lock !== null) {
      return {
        assertHeld: () => undefined,
        release: () => {
          lock.release();
          return Promise.resolve();
        },
      };
    }
    if (Date.now() >= deadline) throw new MigrationRefusedError(BUSY_MESSAGE);
    await sleep(POLL_MS * (0.5 + Math.random()));
  }
}
