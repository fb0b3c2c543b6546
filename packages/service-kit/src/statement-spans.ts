import { failureOf, type Tracing } from './tracing.js';

/** A statement that is sent to a database, without its values. */
export interface TracedStatement {
  readonly system: string;
  /** `SELECT`, `COMMIT` and the like. */
  readonly operation: string;
  /** The first table that it is about; null when it is about none. */
  readonly table: string | null;
  /** Missing where the database is a file. */
  readonly server?: { readonly host: string; readonly port: number; readonly database: string };
}

/** Makes a span of each statement; what it returns is called when the statement has ended. */
export function traceStatements(tracing: Tracing): (statement: TracedStatement) => (error?: unknown) => void {
  return ({ system, operation, table, server }) => {
    const name = table === null ? operation : `${operation} ${table}`;
    const span = tracing.begin({
      name,
      kind: 'client',
      attributes: {
        'db.system.name': system,
        'db.operation.name': operation,
        'db.query.summary': name,
        ...(table === null ? {} : { 'db.collection.name': table }),
        ...(server === undefined
          ? {}
          : { 'db.namespace': server.database, 'server.address': server.host, 'server.port': server.port }),
      },
    });
    return (error) => {
      span.end(error === undefined ? undefined : failureOf(databaseErrorOf(error)));
    };
  };
}

/** What the driver has said is more telling than what Sequelize makes of it. */
function databaseErrorOf(error: unknown): unknown {
  return error instanceof Error && 'parent' in error ? error.parent : error;
}
