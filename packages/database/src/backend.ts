import type { Sequelize } from 'sequelize';
import type { Deadlines } from './deadlines.js';
import type { ReadProtocol } from './read.js';

/** How the connections to a database are used at the moment. */
export interface ConnectionUsage {
  readonly used: number;
  readonly idle: number;
  /** Those who wait for one or, with SQLite, for their turn to write. */
  readonly waiting: number;
}

/** Sequelize on one of the databases, and how to let go of it. */
export interface Backend {
  readonly sequelize: Sequelize;
  readonly deadlines: Deadlines;
  readonly reads: ReadProtocol;
  usage(): ConnectionUsage;
  /** Ends idle connections after the work under way, and all of them after the grace period. Safe to call again. */
  close(): Promise<void>;
}

/** Gives each statement to a listener, without the prefix with which Sequelize logs it. */
export function statementLogging(onStatement: ((sql: string) => void) | undefined): false | ((sql: string) => void) {
  if (onStatement === undefined) return false;
  return (message) => {
    const sql = message.replace(/^Execut(?:ing|ed) \([^)]*\): /, '');
    if (!sql.startsWith('PRAGMA')) onStatement(sql);
  };
}
