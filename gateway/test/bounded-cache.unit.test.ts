import { describe, expect, it } from '@jest/globals';
import { createBoundedCache } from '../src/bounded-cache.js';

describe('a bounded cache', () => {
  it('counts characters of keys and values', async () => {
    // Of which three are for what has not been used again.
    const cache = createBoundedCache(12);
    await cache.set('a', '12');
    expect(await cache.get('a')).toBe('12');
    await cache.set('b', '12');
    await cache.set('c', '12');
    expect([await cache.get('a'), await cache.get('b'), await cache.get('c')]).toEqual(['12', undefined, '12']);
  });

  it('has a deleted text no more', async () => {
    const cache = createBoundedCache(12);
    await cache.set('a', '12');
    expect(await cache.delete('a')).toBe(true);
    expect(await cache.delete('a')).toBe(false);
    expect(await cache.get('a')).toBeUndefined();
  });
});
