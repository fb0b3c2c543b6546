import { AsyncLocalStorage } from 'node:async_hooks';

/** A statement that was not sent, because the request it belongs to has used up its time for the database. */
export class TimeBudgetSpentError extends Error {
  override readonly name = 'TimeBudgetSpentError';
}

/** The time that the statements of one request may take together, waiting for connections included. */
interface TimeBudget {
  leftMs: number;
  underWay: number;
  /** When the first of those under way has begun. */
  since: number;
}

/** Gives requests a time for the database and counts it; what runs outside of a request has no limit. */
export interface TimeBudgets {
  /** Runs a request; everything that it starts shares its time. */
  run(request: () => void): void;
  /** What is left to the request that is running; infinite outside of one. */
  leftMs(): number;
  /** @throws TimeBudgetSpentError */
  assertLeft(): void;
  /** Counts until the returned function is called. */
  start(): () => void;
}

/** Creates the budgets of one database. */
export function createTimeBudgets(totalMs: number): TimeBudgets {
  const current = new AsyncLocalStorage<TimeBudget>();

  function leftMs(): number {
    const budget = current.getStore();
    if (budget === undefined) return Number.POSITIVE_INFINITY;
    return budget.leftMs - (budget.underWay === 0 ? 0 : performance.now() - budget.since);
  }

  return {
    run(request) {
      current.run({ leftMs: totalMs, underWay: 0, since: 0 }, request);
    },
    leftMs,
    assertLeft() {
      if (leftMs() <= 0) throw new TimeBudgetSpentError('The request has waited too long for the database.');
    },
    start() {
      const budget = current.getStore();
      if (budget === undefined) return () => undefined;
      if (budget.underWay === 0) budget.since = performance.now();
      budget.underWay += 1;
      return () => {
        budget.underWay -= 1;
        // Statements at the same time are waited for at the same time.
        if (budget.underWay === 0) budget.leftMs -= performance.now() - budget.since;
      };
    },
  };
}
