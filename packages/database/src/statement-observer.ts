import type { Sequelize } from 'sequelize';
import type { DatabaseLocation } from './database-url.js';

/** A statement that is sent, without its text: Sequelize writes values into conditions. */
export interface ObservedStatement {
  readonly system: DatabaseLocation['dialect'];
  /** `SELECT`, `COMMIT` and the like; `OTHER` for what is rare. */
  readonly operation: string;
  /** The first of the models' tables that it names; null when it names none. */
  readonly table: string | null;
  /** Missing where the database is a file. */
  readonly server?: { readonly host: string; readonly port: number; readonly database: string };
}

/** Is told of every statement when it is sent; what it returns, when the statement has ended, with the error if it failed. */
export type ObserveStatement = (statement: ObservedStatement) => (error?: unknown) => void;

/** Tells who watches of a statement that is sent; what it returns is called when that has ended. */
export type WatchStatement = (sql: string) => (error?: unknown) => void;

const OPERATION = /^\s*(SELECT|INSERT|UPDATE|DELETE|REPLACE|START TRANSACTION|BEGIN|COMMIT|ROLLBACK|SET|PRAGMA)\b/i;

/** Lets somebody watch all statements of a Sequelize; what is returned is for those that are sent past its queries. */
export function observeStatements(
  sequelize: Sequelize,
  location: DatabaseLocation,
  observe: ObserveStatement,
): WatchStatement {
  const common = { system: location.dialect, ...serverOf(location) };
  const watch: WatchStatement = (sql) =>
    observe({ ...common, operation: operationOf(sql), table: tableOf(sql, sequelize) });
  sequelize.addHook('beforeQuery', (_options, query) => {
    // A hook after the query would not be told of its failure.
    const run: unknown = Reflect.get(query, 'run');
    if (typeof run !== 'function') return;
    Reflect.set(query, 'run', async (sql: string, ...rest: unknown[]): Promise<unknown> => {
      const end = watch(sql);
      try {
        const result: unknown = await Reflect.apply(run, query, [sql, ...rest]);
        end();
        return result;
      } catch (error) {
        end(error);
        throw error;
      }
    });
  });
  return watch;
}

function operationOf(sql: string): string {
  return OPERATION.exec(sql)?.[1]?.toUpperCase() ?? 'OTHER';
}

/** Only names that are known are taken from a statement, so that no value can pass for one. */
function tableOf(sql: string, { models }: Sequelize): string | null {
  const tables = new Set(Object.values(models).map((model) => model.tableName));
  for (const [, name = ''] of sql.matchAll(/[`"](\w+)[`"]/g)) if (tables.has(name)) return name;
  return null;
}

function serverOf(location: DatabaseLocation): Pick<ObservedStatement, 'server'> {
  if (location.dialect === 'sqlite') return {};
  const { host, port, database } = location;
  return { server: { host, port, database } };
}
