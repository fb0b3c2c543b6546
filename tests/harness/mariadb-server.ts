import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import mysql from 'mysql2/promise';
import { findMariaDb, findProgram } from './available-stacks.js';
import { startOnFreePort } from './redis-server.js';
import { type ServerProcess, startServerProcess, waitUntilReady } from './server-process.js';

/** A MariaDB of its own, for a run of the suite or for one test file. */
export interface TestMariaDb {
  /** Connects to the server, but to no database. */
  readonly adminUrl: string;
  readonly port: number;
  readonly pid: number;
  url(database: string): string;
  /** Creates an empty database and returns its URL. */
  createDatabase(name: string): Promise<string>;
  /** Ends the server and starts it again with its data, on the same port. */
  restart(): Promise<void>;
  stop(): Promise<void>;
  signal(signal: NodeJS.Signals): void;
}

// The server refuses to run as root unless told to, and knows no user of that name elsewhere.
const USER = process.getuid?.() === 0 ? ['--user=root'] : [];

/** Starts a MariaDB with empty data in a temporary folder, on a free port of the loopback. Takes about 2 s. */
export async function startMariaDb(): Promise<TestMariaDb> {
  const program = findMariaDb();
  if (program === undefined) throw new Error('mariadbd was not found.');
  const folder = await mkdtemp(join(tmpdir(), 'identity-mariadb-'));
  await mkdir(join(folder, 'tmp'));
  await installSystemTables(join(folder, 'data'));

  async function start(port: number): Promise<ServerProcess> {
    const server = await startServerProcess(String(program), serverArguments(folder, port), folder);
    try {
      await waitUntilReady(server, () => answers(port, join(folder, 'pid')));
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  const started = await startOnFreePort(start);
  const { port } = started;
  let { server } = started;
  const url = (database: string): string => `mysql://root@127.0.0.1:${String(port)}/${database}`;
  return {
    adminUrl: url(''),
    port,
    get pid() {
      return server.pid;
    },
    url,
    createDatabase: async (name) => {
      await administer(url(''), `CREATE DATABASE \`${name}\``);
      return url(name);
    },
    restart: async () => {
      await server.stop();
      server = await start(port);
    },
    stop: async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
    signal: (signal) => {
      server.signal(signal);
    },
  };
}

/** Runs one statement on a server, on a connection of its own. */
export async function administer(adminUrl: string, sql: string): Promise<void> {
  const connection = await mysql.createConnection({ uri: adminUrl });
  try {
    await connection.query(sql);
  } finally {
    await connection.end();
  }
}

async function installSystemTables(data: string): Promise<void> {
  const installer = findProgram(['mariadb-install-db', 'mysql_install_db']);
  if (installer === undefined) throw new Error('mariadb-install-db was not found.');
  await promisify(execFile)(installer, [
    '--no-defaults',
    ...USER,
    `--datadir=${data}`,
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
  ]);
}

function serverArguments(folder: string, port: number): string[] {
  return [
    '--no-defaults',
    ...USER,
    `--datadir=${join(folder, 'data')}`,
    `--tmpdir=${join(folder, 'tmp')}`,
    `--socket=${join(folder, 's.sock')}`,
    `--pid-file=${join(folder, 'pid')}`,
    `--port=${String(port)}`,
    '--bind-address=127.0.0.1',
    '--skip-name-resolve',
    '--character-set-server=utf8mb4',
    '--innodb-buffer-pool-size=64M',
    '--skip-log-bin',
  ];
}

/** Someone else's server may answer on the port that this one could not get, so it is asked for its pid file. */
async function answers(port: number, pidFile: string): Promise<boolean> {
  try {
    const connection = await mysql.createConnection({ host: '127.0.0.1', port, user: 'root', connectTimeout: 1_000 });
    try {
      const [rows] = await connection.query<mysql.RowDataPacket[]>('SELECT @@pid_file AS file');
      return rows[0]?.['file'] === pidFile;
    } finally {
      await connection.end();
    }
  } catch {
    return false;
  }
}
