import { resolve } from 'node:path';

/** Where a database is, as read from its URL. */
export type DatabaseLocation = MysqlLocation | SqliteLocation;

/** A MySQL or MariaDB server and the database on it. */
export interface MysqlLocation {
  readonly dialect: 'mysql';
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** Whether the connection is encrypted and the server's certificate verified. */
  readonly tls: boolean;
}

/** An SQLite file, by its absolute path. */
export interface SqliteLocation {
  readonly dialect: 'sqlite';
  readonly file: string;
}

/** The URL of a database cannot be used. Its message never contains the URL, which holds the password. */
export class DatabaseUrlError extends Error {
  override readonly name = 'DatabaseUrlError';
}

/**
 * Reads `mysql://user:password@host:port/database[?tls=true]`, the same with `mariadb:`, or `sqlite:path/to/file`.
 *
 * @throws DatabaseUrlError when the URL is malformed, names no database, or asks for an in-memory database: concurrent
 *   transactions on those fail, and their data does not survive.
 */
export function parseDatabaseUrl(url: string): DatabaseLocation {
  return url.startsWith('sqlite:') ? parseSqliteUrl(url.slice('sqlite:'.length)) : parseServerUrl(url);
}

/** What is wrong with the URL of a database, for the message of a configuration; null when it can be used. */
export function databaseUrlProblem(url: string): string | null {
  try {
    parseDatabaseUrl(url);
    return null;
  } catch (error) {
    if (error instanceof DatabaseUrlError) return error.message;
    throw error;
  }
}

function parseSqliteUrl(path: string): SqliteLocation {
  if (path.trim() === '' || path.endsWith('/')) throw new DatabaseUrlError('The database URL names no SQLite file.');
  if (path.includes(':memory:')) throw new DatabaseUrlError('In-memory SQLite databases are not supported.');
  if (/^\/\/[^/]/.test(path)) {
    throw new DatabaseUrlError('Write sqlite:relative/path or sqlite:/absolute/path, without a second slash.');
  }
  return { dialect: 'sqlite', file: resolve(path) };
}

function parseServerUrl(text: string): MysqlLocation {
  if (!URL.canParse(text)) throw new DatabaseUrlError('The database URL is not a URL.');
  const url = new URL(text);
  if (url.protocol !== 'mysql:' && url.protocol !== 'mariadb:') {
    throw new DatabaseUrlError('The database URL must begin with mysql:, mariadb: or sqlite:.');
  }
  const database = decode(url.pathname.slice(1));
  if (url.hostname === '') throw new DatabaseUrlError('The database URL names no host.');
  if (database === '' || database.includes('/')) throw new DatabaseUrlError('The database URL names no database.');
  return {
    dialect: 'mysql',
    // WHATWG URLs keep the brackets of an IPv6 address, which sockets do not take.
    host: decode(url.hostname).replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? 3306 : Number(url.port),
    user: decode(url.username),
    password: decode(url.password),
    database,
    tls: readTls(url.searchParams),
  };
}

function readTls(parameters: URLSearchParams): boolean {
  for (const name of parameters.keys()) {
    if (name !== 'tls') throw new DatabaseUrlError('The only parameter a database URL takes is tls.');
  }
  const tls = parameters.get('tls') ?? 'false';
  if (tls !== 'true' && tls !== 'false') throw new DatabaseUrlError('tls in the database URL must be true or false.');
  return tls === 'true';
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new DatabaseUrlError('The database URL is not percent-encoded correctly.');
  }
}
