import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createMemoryWindow, type AttemptWindow } from '../src/attempt-window.js';

describe('attempts counted in memory', () => {
  let window: AttemptWindow;

  beforeEach(() => {
    jest.useFakeTimers();
    window = createMemoryWindow({ attempts: 2, seconds: 60 });
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  it('are refused beyond the allowed ones, for each key, until the time of the first is over', async () => {
    expect([await window.add('a'), await window.add('a')]).toEqual([0, 0]);
    jest.advanceTimersByTime(20_000);
    expect(await window.add('a')).toBe(40_000);
    expect(await window.add('b')).toBe(0);
    jest.advanceTimersByTime(40_000);
    expect(await window.add('a')).toBe(0);
  });

  it('can be asked for without counting', async () => {
    expect([await window.wait('a'), await window.add('a'), await window.wait('a')]).toEqual([0, 0, 0]);
    expect([await window.add('a'), await window.wait('a'), await window.wait('b')]).toEqual([0, 60_000, 0]);
  });

  it('can be taken back, and cleared', async () => {
    for (let count = 0; count < 5; count += 1) {
      await window.add('a');
      await window.take('a');
    }
    expect([await window.add('a'), await window.add('a'), (await window.add('a')) > 0]).toEqual([0, 0, true]);
    await window.clear('a');
    expect(await window.add('a')).toBe(0);
  });

  it('leave nothing to spare when one is taken back that has run out', async () => {
    await window.add('a');
    jest.advanceTimersByTime(60_000);
    await window.take('a');
    await window.take('a');
    expect([await window.add('a'), await window.add('a'), (await window.add('a')) > 0]).toEqual([0, 0, true]);
  });

  it('are forgotten of those not tried for the longest time when there are too many', async () => {
    for (let count = 0; count < 3; count += 1) {
      await window.add('old');
      await window.add('busy');
    }
    for (let index = 0; index < 9_999; index += 1) await window.add(`key ${String(index)}`);
    expect(await window.add('busy')).toBeGreaterThan(0);
    expect(await window.add('old')).toBe(0);
  });
});
