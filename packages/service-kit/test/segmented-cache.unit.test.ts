import { createSegmentedCache } from '@identity/service-kit/segmented-cache';
import { describe, expect, it } from '@jest/globals';

/** Of 40, in which newcomers have 10. */
function createCache(values: readonly string[] = []) {
  const cache = createSegmentedCache<string>(40);
  for (const value of values) cache.set(value, value, 1);
  return cache;
}

const NAMES = Array.from({ length: 100 }, (_, index) => `n${String(index)}`);
/** As whoever uses a cache does; tells how often there was something. */
function comeByTurns(cache: ReturnType<typeof createCache>, names: readonly string[]): number {
  let hits = 0;
  for (const name of names) {
    if (cache.get(name) === undefined) cache.set(name, name, 1);
    else hits += 1;
  }
  return hits;
}

const keptIn = (cache: ReturnType<typeof createCache>, keys: readonly string[]) =>
  keys.filter((key) => cache.peek(key) !== undefined);

describe('a segmented cache', () => {
  it('keeps what is used again, however much is used once', () => {
    const cache = createCache(['again', 'once']);
    expect(cache.get('again')).toBe('again');
    for (const name of NAMES) cache.set(name, name, 1);
    expect(cache.get('again')).toBe('again');
    expect(cache.get('once')).toBeUndefined();
  });

  it('gives a quarter of its room to what is used once, and forgets the oldest of that first', () => {
    const cache = createCache(NAMES);
    expect(keptIn(cache, NAMES)).toEqual(NAMES.slice(-10));
    expect({ count: cache.count, size: cache.size }).toEqual({ count: 10, size: 10 });
  });

  it('gives all of its room to what is used again, what was used longest ago to be replaced first', () => {
    const cache = createCache();
    for (const name of NAMES.slice(0, 50)) {
      cache.set(name, name, 1);
      cache.get(name);
    }
    expect(keptIn(cache, NAMES)).toEqual(NAMES.slice(10, 50));
    // Among newcomers again: the next of them drives it out, unless it is used before.
    cache.get('n19');
    for (const name of NAMES.slice(50, 60)) cache.set(name, name, 1);
    expect(keptIn(cache, NAMES)).toEqual([...NAMES.slice(19, 20), ...NAMES.slice(21, 60)].toSorted(byNumber));
  });

  it('does not take looking for use', () => {
    const cache = createCache(['looked at']);
    expect(cache.peek('looked at')).toBe('looked at');
    for (const name of NAMES) cache.set(name, name, 1);
    expect(cache.peek('looked at')).toBeUndefined();
  });

  it('counts a value that is replaced once, with its new size, in its place', () => {
    const cache = createCache(['known', 'new']);
    cache.get('known');
    cache.set('known', 'other', 5);
    cache.set('new', 'other', 7);
    expect([cache.peek('known'), cache.peek('new'), cache.size]).toEqual(['other', 'other', 12]);
    for (const name of NAMES) cache.set(name, name, 1);
    expect([cache.peek('known'), cache.peek('new')]).toEqual(['other', undefined]);
  });

  it('keeps all of what comes by turns, from the second time on, if it has room for that', () => {
    const cache = createCache();
    const names = NAMES.slice(0, 30);
    const hits = [0, 0, 0].map(() => comeByTurns(cache, names));
    expect(hits).toEqual([0, 10, 30]);
  });

  it('recognizes what was let go of, however much came in between, up to thousands', () => {
    const cache = createCache(['known']);
    for (let count = 0; count < 4_000; count += 1) cache.set(String(count), 'once', 1);
    expect(cache.peek('known')).toBeUndefined();
    cache.set('known', 'again', 1);
    for (const name of NAMES) cache.set(name, name, 1);
    expect(cache.peek('known')).toBe('again');
    for (let count = 4_000; count < 10_000; count += 1) cache.set(String(count), 'once', 1);
    cache.set('n0', 'long ago', 1);
    for (const name of NAMES.slice(1)) cache.set(name, name, 1);
    expect(cache.peek('n0')).toBeUndefined();
  });

  it.each([11, 30])(
    'keeps a large value, of %d, when it comes again, and drives out nothing for its first time',
    (size) => {
      const cache = createCache(['large', 'known']);
      cache.get('known');
      cache.set('large', 'larger', size);
      expect([cache.peek('large'), cache.peek('known'), cache.size]).toEqual([undefined, 'known', 1]);
      cache.set('large', 'larger', size);
      for (const name of NAMES) cache.set(name, name, 1);
      expect(cache.get('large')).toBe('larger');
    },
  );

  it('learns at once what it knew before it was emptied', () => {
    const cache = createCache(['known', 'new']);
    cache.get('known');
    cache.clear();
    expect([cache.count, cache.size]).toEqual([0, 0]);
    for (const name of ['known', 'new', ...NAMES]) cache.set(name, name, 1);
    expect([cache.peek('known'), cache.peek('new')]).toEqual(['known', undefined]);
  });

  it('does not keep what is larger than its larger part, nor what it replaces', () => {
    const cache = createCache(['large']);
    cache.set('large', 'larger', 31);
    cache.set('large', 'larger', 31);
    expect([cache.get('large'), cache.count, cache.size]).toEqual([undefined, 0, 0]);
  });

  it('forgets on demand', () => {
    const cache = createCache(['one', 'two', 'three']);
    cache.get('one');
    expect([cache.delete('one'), cache.delete('one'), cache.delete('two')]).toEqual([true, false, true]);
    expect(cache.size).toBe(1);
  });
});

function byNumber(one: string, other: string): number {
  return Number(one.slice(1)) - Number(other.slice(1));
}
