import { createBatches, type BatchLimits } from './batches.js';
import type { RequestTime } from './request-time.js';

/** Reads what there is for keys, as part of a request that has so much time. */
export type ReadByKeys<T> = (keys: readonly string[], time: RequestTime) => Promise<readonly T[]>;

/** Few, so that while they are under way others gather; enough that one which is slow does not hold up everybody. */
const LIMITS: BatchLimits = { maxUnderWay: 4, maxKeys: 100 };

/**
 * Lets requests that read by keys at the same time share a statement: to send one costs a small query more than all that is
 * done with its rows. Each request waits on its own time.
 *
 * @param read - Reads for any number of keys, all different, within the time of a single statement.
 * @param keyOf - The key of what has been read.
 */
export function createSharedReads<T>(
  read: (keys: readonly string[]) => Promise<readonly T[]>,
  keyOf: (found: T) => string,
): ReadByKeys<T> {
  const batches = createBatches(
    async (keys) => new Map((await read(keys)).map((found) => [keyOf(found), found])),
    LIMITS,
  );
  return async (keys, time) => {
    time.assertLeft();
    const stopCounting = time.start();
    try {
      const found = await batches.all(keys);
      return keys.flatMap((key) => found.get(key) ?? []);
    } finally {
      stopCounting();
    }
  };
}
