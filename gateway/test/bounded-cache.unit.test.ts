import { describe, expect, it } from '@jest/globals';
import { createBoundedCache } from '../src/bounded-cache.js';

describe('a bounded cache', () => {
  it('forgets what was used longest ago', async () => {
    const cache = createBoundedCache(9);
    await cache.set('a', '12');
    await cache.set('b', '12');
    await cache.set('c', '12');
    expect(await cache.get('a')).toBe('12');
    await cache.set('d', '12');
    expect(await cache.get('b')).toBeUndefined();
    expect([await cache.get('a'), await cache.get('c'), await cache.get('d')]).toEqual(['12', '12', '12']);
  });

  it('counts a replaced value once and a deleted one no more', async () => {
    const cache = createBoundedCache(6);
    await cache.set('a', '1');
    await cache.set('a', '12');
    await cache.set('b', '12');
    expect(await cache.get('a')).toBe('12');
    expect(await cache.delete('a')).toBe(true);
    expect(await cache.delete('a')).toBe(false);
    await cache.set('c', '12');
    expect(await cache.get('b')).toBe('12');
  });

  it('does not keep what is larger than itself', async () => {
    const cache = createBoundedCache(3);
    await cache.set('a', '123');
    expect(await cache.get('a')).toBeUndefined();
  });
});
