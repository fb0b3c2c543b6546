import { setImmediate as endOfTurn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { createBatches } from '../src/batches.js';

/** Keeps every batch until it is told to answer it. */
function createDesk(limits = { maxUnderWay: 1, maxKeys: 3 }) {
  const batches: { readonly keys: readonly string[]; readonly answer: (text: string) => void }[] = [];
  const { one: ask, all } = createBatches(
    (keys) =>
      new Promise<ReadonlyMap<string, string>>((resolve) => {
        batches.push({
          keys,
          answer: (text) => {
            resolve(new Map(keys.filter((key) => key !== 'unheard of').map((key) => [key, `${key} ${text}`])));
          },
        });
      }),
    limits,
  );
  return {
    ask,
    all,
    sent: () => batches.map(({ keys }) => keys.join()),
    answer(index: number, text = 'answered'): void {
      batches[index]?.answer(text);
    },
  };
}

describe('questions in batches', () => {
  it('asks at once for all who ask in the same turn, once for each key', async () => {
    const { ask, sent, answer } = createDesk();
    const answers = Promise.all(['a', 'b', 'a'].map(ask));
    await endOfTurn();
    expect(sent()).toEqual(['a,b']);
    answer(0);
    expect(await answers).toEqual(['a answered', 'b answered', 'a answered']);
  });

  it('never shares an answer with who asked after the question was sent', async () => {
    const { ask, sent, answer } = createDesk();
    const early = ask('a');
    await endOfTurn();
    const late = ask('a');
    const later = ask('a');
    await endOfTurn();
    expect(sent()).toEqual(['a']);
    answer(0, 'old');
    expect(await early).toBe('a old');
    await endOfTurn();
    expect(sent()).toEqual(['a', 'a']);
    answer(1, 'new');
    expect(await Promise.all([late, later])).toEqual(['a new', 'a new']);
  });

  it('has as many batches under way as allowed, and as many keys in each', async () => {
    const { ask, sent, answer } = createDesk({ maxUnderWay: 2, maxKeys: 3 });
    const answers = Promise.all('abcdefgh'.split('').map(ask));
    await endOfTurn();
    expect(sent()).toEqual(['a,b,c', 'd,e,f']);
    answer(1);
    await endOfTurn();
    expect(sent()).toEqual(['a,b,c', 'd,e,f', 'g,h']);
    answer(0);
    answer(2);
    expect(await answers).toHaveLength(8);
    const again = ask('i');
    await endOfTurn();
    answer(3);
    expect(await again).toBe('i answered');
  });

  it('answers about several keys together, also those of others, and leaves out what has no answer', async () => {
    const { ask, all, sent, answer } = createDesk();
    const single = ask('a');
    const several = all(['a', 'b', 'unheard of', 'd']);
    await endOfTurn();
    expect(sent()).toEqual(['a,b,unheard of']);
    answer(0);
    await endOfTurn();
    expect(sent()).toEqual(['a,b,unheard of', 'd']);
    answer(1);
    expect(await single).toBe('a answered');
    expect(Object.fromEntries(await several)).toEqual({ a: 'a answered', b: 'b answered', d: 'd answered' });
    expect(await all([])).toEqual(new Map());
  });

  it('fails for a key without an answer only', async () => {
    const { ask, answer } = createDesk();
    const answers = Promise.allSettled(['a', 'unheard of'].map(ask));
    await endOfTurn();
    answer(0);
    expect((await answers).map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  });

  it('fails for all in a batch that fails, and goes on', async () => {
    let calls = 0;
    const { one: ask } = createBatches(
      async (keys) => {
        calls += 1;
        if (calls === 1) throw new Error('nobody is there');
        return new Map(keys.map((key) => [key, true]));
      },
      { maxUnderWay: 1, maxKeys: 10 },
    );
    const outcomes = await Promise.allSettled(['a', 'b'].map(ask));
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await ask('a')).toBe(true);
  });
});
