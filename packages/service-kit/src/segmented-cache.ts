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
  /** What is larger than a quarter of the room is kept from its second coming on, and never beyond three quarters. */
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

/** How many that were let go of before they were used again are still recognized: several times what a cache holds. */
const REMEMBERED = 4_096;

/**
 * Creates a segmented LRU cache with a memory of what it has let go of (2Q): what has not come again shares a quarter of the
 * room, so that any number of values that come once drive out none of those that come again and again, and do not
 * fill the memory of a process either. A value is proven when it is used, or when it comes again after it was let go of, because
 * many others came in between or because it is larger than that quarter. In both segments, what was used longest ago goes first.
 *
 * @param maxSize - In the unit of the sizes.
 */
export function createSegmentedCache<Value extends object | string>(maxSize: number): SegmentedCache<Value> {
  const provenSize = Math.floor(maxSize * PROVEN_SHARE);
  const newcomersSize = maxSize - provenSize;
  // A Set keeps the order of insertion, so that the one that came first is in front.
  const remembered = new Set<number>();
  const newcomers = new LRUCache<string, Entry<Value>>({
    maxSize: newcomersSize,
    sizeCalculation: sizeOf,
    disposeAfter(_entry, key, reason) {
      if (reason === 'evict') remember(key);
    },
  });
  const proven = new LRUCache<string, Entry<Value>>({
    maxSize: provenSize,
    sizeCalculation: sizeOf,
    disposeAfter(entry, key, reason) {
      if (reason === 'evict') add(key, entry);
    },
  });

  function remember(key: string): void {
    remembered.add(fingerprintOf(key));
    for (const first of remembered) {
      if (remembered.size <= REMEMBERED) break;
      remembered.delete(first);
    }
  }

  function add(key: string, entry: Entry<Value>): void {
    if (entry.size <= newcomersSize) newcomers.set(key, entry);
    else {
      newcomers.delete(key);
      remember(key);
    }
  }

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
      const entry = { value, size };
      if (proven.has(key)) proven.set(key, entry);
      else if (remembered.delete(fingerprintOf(key))) {
        newcomers.delete(key);
        proven.set(key, entry);
      } else add(key, entry);
    },
    delete: (key) => newcomers.delete(key) || proven.delete(key),
    clear() {
      newcomers.clear();
      const keys = [...proven.keys()];
      proven.clear();
      // They are likely to come again.
      for (const key of keys) remember(key);
    },
  };
}

const sizeOf = ({ size }: Entry<unknown>): number => size;

/** FNV-1a, of 30 bits, which V8 keeps without an object. Who has another's fingerprint is proven too early, and no more. */
function fingerprintOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < key.length; at += 1) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  return hash & 0x3fffffff;
}
