import { ShedError } from './shed-error.js';

/** Lets so much work be done at once and makes others wait for their turn, in the order in which they came. */
export interface WaitingLine {
  /**
   * Waits for a turn, which has to be ended by {@link WaitingLine.leave}. Null when there is no need to wait: a promise for
   * each call would cost time.
   *
   * @param until - When nobody has a use for it any more, in milliseconds of `performance.now()`.
   * @param places - How many it takes; 1 by default, and at most as many as there are.
   * @throws ShedError when too many wait already. The promise rejects with one when the turn does not come soon.
   */
  enter(until: number, places?: number): Promise<void> | null;
  /** Ends a turn that takes as many places. */
  leave(places?: number): void;
  waiting(): number;
}

/** What a line is made from. */
export interface WaitingLineOptions {
  /** How many places there are for work. */
  readonly places: number;
  /** How many may wait. */
  readonly maxWaiting: number;
  /** How long one may wait, in milliseconds. */
  readonly maxWaitMs: number;
}

/** Somebody who waits. */
interface Waiting {
  readonly places: number;
  readonly begin: () => void;
}

/** Creates a line in which nobody stands. */
export function createWaitingLine({ places: all, maxWaiting, maxWaitMs }: WaitingLineOptions): WaitingLine {
  const waiting = new Set<Waiting>();
  let free = all;

  function turn(until: number, places: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const one: Waiting = {
        places,
        begin() {
          clearTimeout(timer);
          resolve();
        },
      };
      const timer = setTimeout(
        () => {
          waiting.delete(one);
          reject(new ShedError('waited_too_long'));
          // Those behind may need less.
          letIn();
        },
        Math.min(maxWaitMs, until - performance.now()),
      );
      waiting.add(one);
    });
  }

  function letIn(): void {
    for (const one of waiting) {
      if (one.places > free) return;
      free -= one.places;
      waiting.delete(one);
      one.begin();
    }
  }

  return {
    enter(until, places = 1) {
      // Nobody who has just come takes a place from those who wait.
      if (places > free || waiting.size > 0) {
        if (waiting.size >= maxWaiting) throw new ShedError('queue_full');
        return turn(until, places);
      }
      free -= places;
      return null;
    },
    leave(places = 1) {
      free += places;
      letIn();
    },
    waiting: () => waiting.size,
  };
}
