/** Gives the turn to the next in line; calling it again does nothing. */
export type EndTurn = () => void;

/**
 * The line of those in this process who want to write to one SQLite file. SQLite itself knows no queue: who finds the
 * file locked must try again, and among many the last one may never win.
 */
export interface WriteQueue {
  /** How many wait for their turn. */
  readonly waiting: number;
  /**
   * Waits for its turn.
   *
   * @param timeoutMs how long to wait, in milliseconds
   * @returns undefined when the time ran out
   */
  takeTurn(timeoutMs: number): Promise<EndTurn | undefined>;
}

/** Creates a queue that is first come, first served. */
export function createWriteQueue(): WriteQueue {
  const waiting = new Set<() => void>();
  let taken = false;

  function beginTurn(): EndTurn {
    taken = true;
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      taken = false;
      const [next] = waiting;
      next?.();
    };
  }

  return {
    get waiting() {
      return waiting.size;
    },
    takeTurn: (timeoutMs) =>
      new Promise((resolve) => {
        if (!taken) {
          resolve(beginTurn());
          return;
        }
        const timer = setTimeout(() => {
          waiting.delete(proceed);
          resolve(undefined);
        }, timeoutMs);
        const proceed = (): void => {
          clearTimeout(timer);
          waiting.delete(proceed);
          resolve(beginTurn());
        };
        waiting.add(proceed);
      }),
  };
}
