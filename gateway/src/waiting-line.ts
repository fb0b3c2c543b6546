import { ShedError } from './shed-error.js';

/** Lets so many work at once and makes others wait for their turn, in the order in which they came. */
export interface WaitingLine {
  /**
   * Waits for a turn, which has to be ended by {@link WaitingLine.leave}. Null when there is no need to wait: a promise for
   * each call would cost time.
   *
   * @param until - When nobody has a use for it any more, in milliseconds of `performance.now()`.
   * @throws ShedError when too many wait already. The promise rejects with one when the turn does not come soon.
   */
  enter(until: number): Promise<void> | null;
  /** Ends a turn. */
  leave(): void;
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

  function turn(until: number): Promise<void> {
    return new Promise((resolve, reject) => {
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
    enter(until) {
      if (free === 0) {
        if (waiting.size >= maxWaiting) throw new ShedError('queue_full');
        return turn(until);
      }
      free -= 1;
      return null;
    },
    leave: handOver,
    waiting: () => waiting.size,
  };
}
