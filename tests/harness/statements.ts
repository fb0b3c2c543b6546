/** One SQL statement that a subgraph has sent. */
export interface Statement {
  readonly subgraph: 'auth' | 'users';
  readonly sql: string;
}

/** Notes every SQL statement, so that a test can count what an operation costs. */
export interface StatementRecorder {
  record(subgraph: 'auth' | 'users', sql: string): void;
  /** The statements that `work` has caused, without those that only delimit transactions. */
  during(work: () => Promise<unknown>): Promise<readonly Statement[]>;
  /** How many statements `work` has caused, each of which waits for the database. */
  countDuring(work: () => Promise<unknown>): Promise<number>;
}

export function createStatementRecorder(): StatementRecorder {
  let statements: Statement[] = [];
  return {
    record(subgraph, sql) {
      statements.push({ subgraph, sql });
    },
    async countDuring(work) {
      statements = [];
      await work();
      return statements.length;
    },
    async during(work) {
      statements = [];
      await work();
      return statements.filter(
        ({ sql }) => !/(START TRANSACTION|BEGIN|COMMIT|ROLLBACK|SET SESSION|SET autocommit|SET TRANSACTION)/i.test(sql),
      );
    },
  };
}
