import { DatabaseError, type Sequelize } from 'sequelize';
import { queryRows } from './mysql-connection.js';
import { joinParts, type ReadProtocol } from './read.js';

/**
 * Reads from MySQL and MariaDB. Values are written into the text, escaped by Sequelize as everywhere else, so that a server
 * or a proxy in between keeps nothing for a connection.
 */
export function createMysqlReads(sequelize: Sequelize): ReadProtocol {
  const write = (value: string | Buffer): string =>
    typeof value === 'string' ? sequelize.escape(value) : `X'${value.toString('hex')}'`;
  return {
    bind: (parts, values) => ({ sql: joinParts(parts, values, write) }),
    send: (connection, { sql }) => queryRows(connection, sql),
    toError: (error, sql) =>
      error instanceof Error ? new DatabaseError(Object.assign(error, { sql, parameters: {} })) : error,
  };
}
