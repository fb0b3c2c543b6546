import { ShedError } from './shed-error.js';

/** Lets so many work at once and makes others wait for their turn, in the order in which they came. */
export interface WaitingLine {
  /**
   * Does the work when it is its turn.
   *
   * @param until - When nobody has a use for it any more, in milliseconds of `performance.now()`.
   * @throws ShedError instead when too many wait already, or the turn does not come soon.
   */
  inTurn<T>(until: number, work: () => Promise<T>): Promise<T>;
  waiting(): number;
}

/** What a line is made from. */
export interface WaitingLineOptions {
  /** How many work at once. */
  readonly places: number;
  /** How many may wait. */
  readonly maxWaiting: number;
  /** How long one may wait, in milliseconds. */
  readonly maxWaitMs: number;
}

/** Creates a line in which nobody stands. */
export function createWaitingLine({ places, maxWaiting, maxWaitMs }: WaitingLineOptions): WaitingLine {
  const waiting = new Set<() => void>();
  let free = places;

  async function turn(until: number): Promise<void> {
    if (free > 0) {
      free -= 1;
      return;
    }
    if (waiting.size >= maxWaiting) throw new ShedError('queue_full');
    await new Promise<void>((resolve, reject) => {
      const begin = (): void => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(
        () => {
          waiting.delete(begin);
          reject(new ShedError('waited_too_long'));
        },
        Math.min(maxWaitMs, until - performance.now()),
      );
      waiting.add(begin);
    });
  }

  /** The place goes from hand to hand, so that nobody who has just come takes it from those who wait. */
  function handOver(): void {
    const [next] = waiting;
    if (next === undefined) {
      free += 1;
      return;
    }
    waiting.delete(next);
    next();
  }

  return {
    async inTurn(until, work) {
      await turn(until);
      try {
        return await work();
      } finally {
        handOver();
      }
    },
    waiting: () => waiting.size,
  };
}
