import { expect, test } from '@jest/globals';
import { createWriteQueue } from '../src/write-queue.js';

test('turns are taken in the order they were asked for', async () => {
  const queue = createWriteQueue();
  const order: number[] = [];
  let working = 0;
  await Promise.all(
    Array.from({ length: 50 }, async (_, index) => {
      const endTurn = await queue.takeTurn(5_000);
      working += 1;
      expect(working).toBe(1);
      await new Promise(setImmediate);
      order.push(index);
      working -= 1;
      endTurn?.();
    }),
  );
  expect(order).toEqual(Array.from({ length: 50 }, (_, index) => index));
});

test('who waited too long goes without a turn, and takes nobody else’s', async () => {
  const queue = createWriteQueue();
  const endFirst = await queue.takeTurn(1_000);
  expect(await queue.takeTurn(10)).toBeUndefined();
  const next = queue.takeTurn(1_000);
  endFirst?.();
  expect(await next).toBeDefined();
});

test('ending a turn twice does not end the next one', async () => {
  const queue = createWriteQueue();
  const endFirst = await queue.takeTurn(1_000);
  const second = queue.takeTurn(1_000);
  endFirst?.();
  await second;
  endFirst?.();
  expect(await queue.takeTurn(10)).toBeUndefined();
});
