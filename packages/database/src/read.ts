import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import type { Deadlines } from './deadlines.js';
import type { WatchStatement } from './statement-observer.js';
import type { TimeBudget } from './time-budget.js';

/** What can stand in place of a `?`: text, bytes, or a list of texts for `IN (?)`, which may be empty. */
export type ReadValue = string | Buffer | readonly string[];

/**
 * Runs one SELECT; within `transaction` if one is given.
 *
 * @param time - What it takes is taken from; that of the request that is run by default.
 */
export type Reader<Row extends object> = (
  values: readonly ReadValue[],
  transaction: Transaction | null,
  time?: TimeBudget,
) => Promise<readonly Row[]>;

/** How a SELECT is run. */
export interface ReadSettings {
  /** Whether `onStatement` hears of it; true by default. False is for what no request asks. */
  readonly announced?: boolean;
}

/** A statement as it is sent. */
export interface BoundStatement {
  readonly sql: string;
  /** What it refers to as `$1` and so on; missing when its values are in its text. */
  readonly parameters?: readonly (string | Buffer)[];
}

/** How a kind of database is read from without Sequelize's queries. */
export interface ReadProtocol {
  /** @param parts - The statement, cut at each `?`. */
  bind(parts: readonly string[], values: readonly ReadValue[]): BoundStatement;
  /** Sends a statement on one of Sequelize's connections. Rejects with what the driver says. */
  send(connection: object, statement: BoundStatement): Promise<readonly object[]>;
  /** What Sequelize would have made of the driver's error. */
  toError(error: unknown, sql: string): unknown;
}

/** What reads are made from. */
export interface ReadOptions {
  readonly sequelize: Sequelize;
  readonly protocol: ReadProtocol;
  readonly deadlines: Deadlines;
  readonly onStatement: ((sql: string) => void) | undefined;
  readonly watch: WatchStatement | undefined;
}

/**
 * Prepares SELECTs for hot paths. They take their connections from Sequelize's pool and keep its deadlines, listeners and
 * errors, but none of its work for each statement: no models, no copies of options, no stack in case of a failure.
 */
export function createReads({ sequelize, protocol, deadlines, onStatement, watch }: ReadOptions) {
  const { connectionManager } = sequelize;

  async function connect(time: TimeBudget): Promise<object> {
    time.assertLeft();
    const stopCounting = time.start();
    try {
      return await connectionManager.getConnection({ type: 'read' });
    } finally {
      stopCounting();
    }
  }

  async function send(statement: BoundStatement, announced: boolean, time: TimeBudget): Promise<readonly object[]> {
    const connection = await connect(time);
    try {
      const endDeadline = deadlines.begin(connection, time);
      try {
        if (announced) onStatement?.(statement.sql);
        return await sendOn(connection, statement);
      } finally {
        endDeadline();
      }
    } finally {
      connectionManager.releaseConnection(connection);
    }
  }

  async function sendOn(connection: object, statement: BoundStatement): Promise<readonly object[]> {
    const end = watch?.(statement.sql);
    try {
      const rows = await protocol.send(connection, statement);
      end?.();
      return rows;
    } catch (thrown) {
      const error = protocol.toError(thrown, statement.sql);
      end?.(error);
      throw error;
    }
  }

  /** A transaction is Sequelize's own matter. */
  function sendWithin(transaction: Transaction, { sql, parameters }: BoundStatement): Promise<readonly object[]> {
    const bind = parameters === undefined ? {} : { bind: [...parameters] };
    return sequelize.query<object>(sql, { type: QueryTypes.SELECT, transaction, ...bind });
  }

  return function prepareRead<Row extends object>(sql: string, { announced = true }: ReadSettings = {}): Reader<Row> {
    const parts = sql.split('?');
    return async (values, transaction, time = deadlines.currentTime()) => {
      const statement = protocol.bind(parts, values);
      const rows = await (transaction === null ? send(statement, announced, time) : sendWithin(transaction, statement));
      // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- who writes a SELECT knows its columns, as with Sequelize's own `query`
      return rows as readonly Row[];
    };
  };
}

/** Puts together the parts of a statement, with what each value is written as between them. */
export function joinParts(
  parts: readonly string[],
  values: readonly ReadValue[],
  write: (value: string | Buffer) => string,
): string {
  if (values.length !== parts.length - 1) throw new RangeError('Each ? of a statement needs one value.');
  let sql = '';
  values.forEach((value, index) => {
    sql += `${parts[index] ?? ''}${typeof value === 'object' && !Buffer.isBuffer(value) ? writeList(value, write) : write(value)}`;
  });
  return `${sql}${parts.at(-1) ?? ''}`;
}

/** Nothing is among an empty list, which SQL cannot write. */
function writeList(values: readonly string[], write: (value: string) => string): string {
  return values.length === 0 ? 'NULL' : values.map((value) => write(value)).join(', ');
}
