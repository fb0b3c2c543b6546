import { describe, expect, it } from '@jest/globals';
import type { RequestTime } from '../src/request-time.js';
import { createSharedReads } from '../src/shared-reads.js';

/** The time of a request, of which it is counted how often it is running. */
function createTime(isSpent = false): RequestTime & { running: number } {
  return {
    running: 0,
    leftMs: () => (isSpent ? 0 : 1_000),
    assertLeft() {
      if (isSpent) throw new RangeError('no time is left');
    },
    start() {
      this.running += 1;
      return () => {
        this.running -= 1;
      };
    },
  };
}

describe('reads that are shared', () => {
  it('are one statement for all who ask at the same time, of which each gets what it has asked for', async () => {
    const statements: (readonly string[])[] = [];
    const read = createSharedReads(
      async (keys: readonly string[]) => {
        statements.push(keys);
        return keys.filter((key) => key !== 'nobody').map((key) => ({ key }));
      },
      ({ key }) => key,
    );
    const answers = await Promise.all([['a'], ['b', 'a'], ['nobody'], []].map((keys) => read(keys, createTime())));
    expect(statements).toEqual([['a', 'b', 'nobody']]);
    expect(answers).toEqual([[{ key: 'a' }], [{ key: 'b' }, { key: 'a' }], [], []]);
  });

  it('take from the time of each request that waits, however they end', async () => {
    const [one, other, late] = [createTime(), createTime(), createTime(true)];
    const running: number[] = [];
    const read = createSharedReads<string>(
      () => {
        running.push(one.running, other.running);
        return Promise.reject(new Error('the database is away'));
      },
      (key) => key,
    );
    const outcomes = await Promise.allSettled([read(['a'], one), read(['b'], other), read(['a'], late)]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(outcomes[2]).toMatchObject({ reason: expect.any(RangeError) });
    expect(running).toEqual([1, 1]);
    expect([one.running, other.running]).toEqual([0, 0]);
  });
});
