import { DatabaseError, type Sequelize, TimeoutError } from 'sequelize';
import { joinParts, type ReadProtocol } from './read.js';
import type { SqliteDriver } from './sqlite-driver.js';
import { isBusy } from './sqlite-error.js';

/** Reads from SQLite. Values stay beside the text, so that a statement is prepared once for all of them. */
export function createSqliteReads(sequelize: Sequelize, driver: SqliteDriver): ReadProtocol {
  return {
    bind: (parts, values) => {
      const parameters: (string | Buffer)[] = [];
      const sql = joinParts(parts, values, (value) => {
        // The driver binds no text with a NUL, which no row holds, but accepts it within the statement.
        if (typeof value === 'string' && value.includes('\0')) return sequelize.escape(value);
        return `$${String(parameters.push(value))}`;
      });
      return { sql, parameters };
    },
    send: (connection, { sql, parameters = [] }) =>
      new Promise((resolve, reject) => {
        if (!(connection instanceof driver.Database)) throw new TypeError('A connection of another driver was given.');
        const named = Object.fromEntries(parameters.map((value, index) => [`$${String(index + 1)}`, value]));
        connection.all(sql, named, (error, rows = []) => {
          if (error === null) resolve(rows);
          else reject(error);
        });
      }),
    toError: (error, sql) => {
      if (!(error instanceof Error)) return error;
      const driverError = Object.assign(error, { sql, parameters: {} });
      return isBusy(error) ? new TimeoutError(driverError) : new DatabaseError(driverError);
    },
  };
}
