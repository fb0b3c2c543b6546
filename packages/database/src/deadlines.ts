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

/** What the server gets beyond the time after which it ends a statement itself, in milliseconds. */
const GRACE_MS = 200;

const nothing = (): void => undefined;

/** Sets a deadline for every statement that is sent by way of Sequelize, and counts what requests use of their time. */
export function enforceDeadlines(
  sequelize: Sequelize,
  { statementTimeoutMs, budgets, abandon }: DeadlineOptions,
): void {
  const running = new Map<object, { readonly connection: unknown; readonly end: () => void }>();
  const acquiring = new WeakMap<object, () => void>();

  function isBusy(connection: unknown): boolean {
    return [...running.values()].some((statement) => statement.connection === connection);
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
    const { connection } = query;
    const leftMs = Math.min(statementTimeoutMs, Math.max(budgets?.leftMs() ?? statementTimeoutMs, 0));
    const timer = setTimeout(() => {
      abandon(connection, isBusy);
    }, leftMs + GRACE_MS);
    const stopCounting = budgets?.start() ?? nothing;
    running.set(query, {
      connection,
      end: () => {
        clearTimeout(timer);
        stopCounting();
      },
    });
  });
  sequelize.addHook('afterQuery', (_options, query) => {
    running.get(query)?.end();
    running.delete(query);
  });
}
