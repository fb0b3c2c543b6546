import type { HashingLine, HashingLoad } from '../domain/ports.js';

/** Two lines of callers before a few places. */
export interface HashingLines {
  /** Does the work when it is its turn. */
  inTurn<T>(line: HashingLine, work: () => Promise<T>): Promise<T>;
  /** How many have their turn before a caller who comes now and joins the line. */
  countBefore(line: HashingLine): number;
  /** Whether whoever comes now has to wait at all. */
  isBusy(): boolean;
  load(): HashingLoad;
}

/**
 * Creates the lines. They take turns while there is somebody in both, so that however long one is, the other one moves
 * at half the speed at least.
 *
 * @param places - How many are served at once.
 */
export function createHashingLines(places: number): HashingLines {
  const waiting: Readonly<Record<HashingLine, (() => void)[]>> = { known: [], anybody: [] };
  let running = 0;
  let servedLast: HashingLine = 'anybody';

  function serveNext(): void {
    if (running === places) return;
    const line = waiting[otherThan(servedLast)].length > 0 ? otherThan(servedLast) : servedLast;
    const begin = waiting[line].shift();
    if (begin === undefined) return;
    running += 1;
    servedLast = line;
    begin();
  }

  return {
    async inTurn(line, work) {
      const itsTurn = new Promise<void>((resolve) => void waiting[line].push(resolve));
      serveNext();
      await itsTurn;
      try {
        return await work();
      } finally {
        running -= 1;
        serveNext();
      }
    },
    countBefore(line) {
      const inLine = waiting[line].length;
      return inLine + Math.min(waiting[otherThan(line)].length, inLine + 1);
    },
    isBusy: () => running === places,
    load: () => ({ running, waiting: waiting.known.length + waiting.anybody.length }),
  };
}

function otherThan(line: HashingLine): HashingLine {
  return line === 'known' ? 'anybody' : 'known';
}
