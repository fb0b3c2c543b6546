import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createHeapGrowth, type HeapGrowth } from '../src/heap-growth.js';

describe('the growth of the heap', () => {
  let percents: number[];
  let growth: HeapGrowth;

  beforeEach(() => {
    jest.useFakeTimers();
    percents = [];
    growth = createHeapGrowth((percent) => percents.push(percent));
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  function plan(operations: number, everyMs = 0): void {
    for (let operation = 0; operation < operations; operation += 1) {
      growth.planned();
      jest.advanceTimersByTime(everyMs);
    }
  }

  it('is left to V8 while operations are planned that are few, or far between', () => {
    plan(9);
    jest.advanceTimersByTime(1_000);
    plan(100, 120);
    expect(percents).toEqual([]);
  });

  it('is small while many operations are planned, and for ten seconds after them', () => {
    plan(10);
    expect(percents).toEqual([30]);
    plan(1_000, 20);
    jest.advanceTimersByTime(9_900);
    expect(percents).toEqual([30]);
    jest.advanceTimersByTime(100);
    expect(percents).toEqual([30, 0]);
    plan(10);
    expect(percents).toEqual([30, 0, 30]);
  });

  it('is a setting that V8 accepts while it runs', () => {
    const real = createHeapGrowth();
    expect(() => {
      for (let operation = 0; operation < 10; operation += 1) real.planned();
      jest.advanceTimersByTime(10_000);
    }).not.toThrow();
  });
});
