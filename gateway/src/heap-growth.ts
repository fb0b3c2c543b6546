import { setFlagsFromString } from 'node:v8';

/** Fits how far the heap of this process may grow between two collections to what it is used for. */
export interface HeapGrowth {
  /** To be told of each operation that has been planned. */
  planned(): void;
}

/** So many operations within a second that were not known before are more than those of an application. */
const MANY = 10;
const WITHIN_MS = 1_000;
const RELAXED_AFTER_MS = 10_000;

/** In percent of what is in use; 0 leaves it to V8, which takes up to 300 where garbage comes fast. */
const TIGHT = 30;
const RELAXED = 0;

/**
 * Keeps the heap small while many operations have to be planned: what planning leaves lives just long enough to count as
 * lasting, and V8 lets such garbage grow to several times what is in use. To collect it earlier costs those who ask for what
 * is known 6 to 14 % (decision 24), so they do not pay for it when nobody asks for anything new.
 *
 * @param setPercent - Where the limit is set; V8 looks at it at each collection.
 */
export function createHeapGrowth(setPercent: (percent: number) => void = setHeapGrowingPercent): HeapGrowth {
  let since = Number.NEGATIVE_INFINITY;
  let count = 0;
  let relaxing: NodeJS.Timeout | null = null;

  function relax(): void {
    relaxing = null;
    setPercent(RELAXED);
  }

  return {
    planned() {
      const now = performance.now();
      if (now - since >= WITHIN_MS) [since, count] = [now, 0];
      count += 1;
      if (count < MANY) return;
      if (relaxing === null) setPercent(TIGHT);
      else clearTimeout(relaxing);
      relaxing = setTimeout(relax, RELAXED_AFTER_MS).unref();
    },
  };
}

function setHeapGrowingPercent(percent: number): void {
  setFlagsFromString(`--heap-growing-percent=${String(percent)}`);
}
