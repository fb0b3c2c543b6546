import { createMemoryWindow } from '@identity/service-kit/attempt-window';
import { describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { createInsuredWindow } from '../src/adapters/attempt-window.js';

describe('attempts counted in Redis and in memory', () => {
  const shared = createMemoryWindow({ attempts: 4, seconds: 60 });
  const own = createMemoryWindow({ attempts: 2, seconds: 60 });
  const unused = new Redis({ lazyConnect: true });

  it('are refused by the own count from the first moment without Redis, and only then', async () => {
    let answers = true;
    const window = createInsuredWindow(shared, own, async (question) => {
      if (!answers) throw new Error('no answer');
      return question(unused);
    });
    expect([await window.add('a'), await window.add('a'), await window.add('a')]).toEqual([0, 0, 0]);
    answers = false;
    expect(await window.add('a')).toBeGreaterThan(0);
    expect(await window.add('b')).toBe(0);
    await window.take('b');
    await window.clear('a');
    expect([await window.add('a'), await window.add('a'), (await window.add('a')) > 0]).toEqual([0, 0, true]);
    answers = true;
    expect([await window.add('a'), (await window.add('a')) > 0]).toEqual([0, true]);
  });
});
