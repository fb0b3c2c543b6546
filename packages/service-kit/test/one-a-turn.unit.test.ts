import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { oneATurn } from '@identity/service-kit/one-a-turn';

describe('work that takes turns', () => {
  it('leaves a turn of the event loop to everybody else before each piece, and keeps the order', async () => {
    const inItsTurn = oneATurn();
    const events: string[] = [];
    const others = async (count: number): Promise<void> => {
      for (let number = 0; number < count; number += 1) {
        events.push('others');
        await nextTurn();
      }
    };
    for (const name of ['a', 'b', 'c']) inItsTurn(() => events.push(name));
    await others(4);
    inItsTurn(() => events.push('d'));
    await others(1);
    expect(events).toEqual(['others', 'a', 'others', 'b', 'others', 'c', 'others', 'others', 'd']);
  });
});
