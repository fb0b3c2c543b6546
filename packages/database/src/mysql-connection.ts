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

/** Makes statements of a connection into promises. */
export function queryOn(connection: MysqlConnection): MysqlQuery {
  const query = promisify(connection.query.bind(connection));
  return (sql, values = []) => query(sql, values);
}
