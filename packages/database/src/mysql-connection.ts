import type { Socket } from 'node:net';
import { promisify } from 'node:util';

/** Sends one statement on one connection. */
export type MysqlQuery = (sql: string, values?: readonly unknown[]) => Promise<readonly MysqlRow[]>;

type MysqlRow = Readonly<Record<string, unknown>>;

/** The part of a mysql2 connection that is used. */
export interface MysqlConnection {
  readonly stream: Socket;
  ping(callback: (error: Error | null) => void): void;
  query(
    sql: string,
    values: readonly unknown[],
    callback: (error: Error | null, rows: readonly MysqlRow[]) => void,
  ): void;
}

/** How long a connection that is under suspicion may take to show that it works. */
const PING_TIMEOUT_MS = 500;

/** Ends a connection, and fails what is under way on it. */
export function breakOff({ stream }: MysqlConnection): void {
  stream.destroy(Object.assign(new Error('The database did not answer in time.'), { code: 'ECONNRESET' }));
}

/** Ends a connection that nobody uses if it does not show soon that it works. */
export function breakOffUnlessAlive(connection: MysqlConnection): void {
  const patience = setTimeout(breakOff, PING_TIMEOUT_MS, connection);
  connection.ping(() => {
    clearTimeout(patience);
  });
}

/** Sends one statement, whose values are in its text, on one of Sequelize's connections. */
export function queryRows(opened: object, sql: string): Promise<readonly MysqlRow[]> {
  const connection = asMysqlConnection(opened);
  return new Promise((resolve, reject) => {
    connection.query(sql, [], (error, rows) => {
      if (error === null) resolve(rows);
      else reject(error);
    });
  });
}

/** What Sequelize calls an object is what its dialect module has opened. */
export function asMysqlConnection(opened: unknown): MysqlConnection {
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- unknown to Sequelize; the dialect module of the backend decides what it is
  return opened as MysqlConnection;
}

/** Makes statements of a connection into promises. */
export function queryOn(connection: MysqlConnection): MysqlQuery {
  const query = promisify(connection.query.bind(connection));
  return (sql, values = []) => query(sql, values);
}
