import type { Sequelize } from 'sequelize';
import { UNLIMITED, type TimeBudget, type TimeBudgets } from './time-budget.js';

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
   * Begins a statement's time, of what its request has left.
   *
   * @returns ends it
   * @throws TimeBudgetSpentError when the request has none left
   */
  begin(connection: object, time: TimeBudget): () => void;
  /** The time of the request that is run. */
  currentTime(): TimeBudget;
}

/** What the server gets beyond the time after which it ends a statement itself, in milliseconds. */
const GRACE_MS = 200;

/** Sets a deadline for every statement that is sent by way of Sequelize, and counts what requests use of their time. */
export function enforceDeadlines(
  sequelize: Sequelize,
  { statementTimeoutMs, budgets, abandon }: DeadlineOptions,
): Deadlines {
  const currentTime = (): TimeBudget => budgets?.current() ?? UNLIMITED;
  const running = new Set<{ readonly connection: unknown }>();
  const queries = new WeakMap<object, () => void>();
  const acquiring = new WeakMap<object, () => void>();

  function isBusy(connection: unknown): boolean {
    return [...running].some((statement) => statement.connection === connection);
  }

  function begin(connection: unknown, time: TimeBudget): () => void {
    const leftMs = Math.min(statementTimeoutMs, Math.max(time.leftMs(), 0));
    const timer = setTimeout(() => {
      abandon(connection, isBusy);
    }, leftMs + GRACE_MS);
    const stopCounting = time.start();
    const statement = { connection };
    running.add(statement);
    return () => {
      clearTimeout(timer);
      stopCounting();
      running.delete(statement);
    };
  }

  sequelize.addHook('beforePoolAcquire', (options) => {
    const time = currentTime();
    time.assertLeft();
    acquiring.set(options, time.start());
  });
  sequelize.addHook('afterPoolAcquire', (_connection, options) => {
    acquiring.get(options)?.();
  });
  sequelize.addHook('beforeQuery', (options, query) => {
    // A transaction can always be rolled back; whether it may be committed is decided before.
    const time = currentTime();
    if (!('completesTransaction' in options)) time.assertLeft();
    queries.set(query, begin(query.connection, time));
  });
  sequelize.addHook('afterQuery', (_options, query) => {
    queries.get(query)?.();
  });
  return {
    begin(connection, time) {
      time.assertLeft();
      return begin(connection, time);
    },
    currentTime,
  };
}
