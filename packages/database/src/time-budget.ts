import { AsyncLocalStorage } from 'node:async_hooks';

/** A statement that was not sent, because the request it belongs to has used up its time for the database. */
export class TimeBudgetSpentError extends Error {
  override readonly name = 'TimeBudgetSpentError';
}

/** The time that the statements of one request may take together, waiting for connections included. */
export interface TimeBudget {
  /** What is left, in milliseconds. */
  leftMs(): number;
  /** @throws TimeBudgetSpentError */
  assertLeft(): void;
  /** Counts until the returned function is called. */
  start(): () => void;
}

/** Gives requests a time for the database and counts it; what runs outside of a request has no limit. */
export interface TimeBudgets {
  /**
   * Runs a request; everything that it starts shares its time. As long as one is run, Node.js keeps a record of every
   * promise in the process, which costs a small query a third of its time.
   */
  run<T>(request: () => Promise<T>): Promise<T>;
  /** The budget of the request that is run; a new one, to be handed on, outside of one. */
  ofRequest(): TimeBudget;
  /** The budget of the request that is run; one without an end outside of one. */
  current(): TimeBudget;
}

/** Of what belongs to no request. */
export const UNLIMITED: TimeBudget = {
  leftMs: () => Number.POSITIVE_INFINITY,
  assertLeft: () => undefined,
  start: () => () => undefined,
};

/** Creates the budgets of one database. */
export function createTimeBudgets(totalMs: number): TimeBudgets {
  const ofRun = new AsyncLocalStorage<TimeBudget>();
  let underWay = 0;

  return {
    async run(request) {
      underWay += 1;
      try {
        return await ofRun.run(createTimeBudget(totalMs), request);
      } finally {
        underWay -= 1;
        if (underWay === 0) ofRun.disable();
      }
    },
    ofRequest: () => ofRun.getStore() ?? createTimeBudget(totalMs),
    current: () => ofRun.getStore() ?? UNLIMITED,
  };
}

function createTimeBudget(totalMs: number): TimeBudget {
  let restMs = totalMs;
  let underWay = 0;
  /** When the first of those under way has begun. */
  let since = 0;

  const leftMs = (): number => restMs - (underWay === 0 ? 0 : performance.now() - since);
  return {
    leftMs,
    assertLeft() {
      if (leftMs() <= 0) throw new TimeBudgetSpentError('The request has waited too long for the database.');
    },
    start() {
      if (underWay === 0) since = performance.now();
      underWay += 1;
      return () => {
        underWay -= 1;
        // Statements at the same time are waited for at the same time.
        if (underWay === 0) restMs -= performance.now() - since;
      };
    },
  };
}
