import type { Sequelize } from 'sequelize';

/** Sequelize on one of the databases, and how to let go of it. */
export interface Backend {
  readonly sequelize: Sequelize;
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
