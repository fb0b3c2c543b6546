import type { Sequelize } from 'sequelize';
import type { TimeBudgets } from './time-budget.js';

/** What deadlines are made from. */
export interface DeadlineOptions {
  /** How long a statement may take, in milliseconds. */
  readonly statementTimeoutMs: number;
  /** What requests have left; what is sent outside of requests has the time of a statement. */
  readonly budgets?: TimeBudgets | undefined;
  /** Ends the statement that runs on a connection, if it cannot end by itself. */
  readonly abandon: (connection: unknown, isBusy: (connection: unknown) => boolean) => void;
}

/** Deadlines of what is sent past Sequelize's queries. */
export interface Deadlines {
  /**
   * Begins a statement's time.
   *
   * @returns ends it
   * @throws TimeBudgetSpentError when the request has none left
   */
  begin(connection: object): () => void;
}

/** What the server gets beyond the time after which it ends a statement itself, in milliseconds. */
const GRACE_MS = 200;

const nothing = (): void => undefined;

/** Sets a deadline for every statement that is sent by way of Sequelize, and counts what requests use of their time. */
export function enforceDeadlines(
  sequelize: Sequelize,
  { statementTimeoutMs, budgets, abandon }: DeadlineOptions,
): Deadlines {
  const running = new Set<{ readonly connection: unknown }>();
  const queries = new WeakMap<object, () => void>();
  const acquiring = new WeakMap<object, () => void>();

  function isBusy(connection: unknown): boolean {
    return [...running].some((statement) => statement.connection === connection);
  }

  function begin(connection: unknown): () => void {
    const leftMs = Math.min(statementTimeoutMs, Math.max(budgets?.leftMs() ?? statementTimeoutMs, 0));
    const timer = setTimeout(() => {
      abandon(connection, isBusy);
    }, leftMs + GRACE_MS);
    const stopCounting = budgets?.start() ?? nothing;
    const statement = { connection };
    running.add(statement);
    return () => {
      clearTimeout(timer);
      stopCounting();
      running.delete(statement);
    };
  }

  sequelize.addHook('beforePoolAcquire', (options) => {
    budgets?.assertLeft();
    acquiring.set(options, budgets?.start() ?? nothing);
  });
  sequelize.addHook('afterPoolAcquire', (_connection, options) => {
    acquiring.get(options)?.();
  });
  sequelize.addHook('beforeQuery', (options, query) => {
    // A transaction can always be rolled back; whether it may be committed is decided before.
    if (!('completesTransaction' in options)) budgets?.assertLeft();
    queries.set(query, begin(query.connection));
  });
  sequelize.addHook('afterQuery', (_options, query) => {
    queries.get(query)?.();
  });
  return {
    begin(connection) {
      budgets?.assertLeft();
      return begin(connection);
    },
  };
}
