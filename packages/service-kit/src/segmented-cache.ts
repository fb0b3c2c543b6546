import { LRUCache } from 'lru-cache';

/** A cache that is bounded by the size of what it keeps. */
export interface SegmentedCache<Value> {
  /** How many values there are. */
  readonly count: number;
  /** The sizes of all of them. */
  readonly size: number;
  /** Counts as a use. */
  get(key: string): Value | undefined;
  /** Does not count as a use. */
  peek(key: string): Value | undefined;
  /** What is too large to be kept is forgotten at once. */
  set(key: string, value: Value, size: number): void;
  delete(key: string): boolean;
  clear(): void;
}

interface Entry<Value> {
  readonly value: Value;
  readonly size: number;
}

/** The part of a cache that is for what has been used again. */
const PROVEN_SHARE = 0.75;

/**
 * Creates a segmented LRU cache: what has not been used again since it came shares a quarter of the room, so that any number
 * of values that are used once drive out none of those that are used again and again, and do not fill the memory of a
 * process either. In both segments, what was used longest ago is forgotten first.
 *
 * @param maxSize - In the unit of the sizes, and above 4 of them.
 */
export function createSegmentedCache<Value extends object | string>(maxSize: number): SegmentedCache<Value> {
  const provenSize = Math.floor(maxSize * PROVEN_SHARE);
  const newcomersSize = maxSize - provenSize;
  const newcomers = new LRUCache<string, Entry<Value>>({ maxSize: newcomersSize, sizeCalculation: sizeOf });
  const proven = new LRUCache<string, Entry<Value>>({
    maxSize: provenSize,
    sizeCalculation: sizeOf,
    disposeAfter(entry, key, reason) {
      if (reason === 'evict') newcomers.set(key, entry);
    },
  });

  return {
    get count() {
      return newcomers.size + proven.size;
    },
    get size() {
      return newcomers.calculatedSize + proven.calculatedSize;
    },
    get(key) {
      const known = proven.get(key);
      if (known !== undefined) return known.value;
      const newcomer = newcomers.peek(key);
      if (newcomer === undefined) return undefined;
      newcomers.delete(key);
      proven.set(key, newcomer);
      return newcomer.value;
    },
    peek: (key) => (proven.peek(key) ?? newcomers.peek(key))?.value,
    set(key, value, size) {
      // What has no room among newcomers would otherwise never be kept, however often it is used.
      const isProven = size > newcomersSize || proven.has(key);
      if (isProven) newcomers.delete(key);
      (isProven ? proven : newcomers).set(key, { value, size });
    },
    delete: (key) => newcomers.delete(key) || proven.delete(key),
    clear() {
      newcomers.clear();
      proven.clear();
    },
  };
}

const sizeOf = ({ size }: Entry<unknown>): number => size;
