/** Numbers that look random and are the same for the same seed. */
export interface Random {
  /** From 0 to below 1. */
  next(): number;
  /** An integer from 0 to below the bound. */
  below(bound: number): number;
  chance(probability: number): boolean;
  /** One of several; undefined of none. */
  oneOf<T>(items: readonly T[]): T | undefined;
}

/** Mulberry32. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;

  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  const below = (bound: number): number => Math.floor(next() * bound);
  return { next, below, chance: (probability) => next() < probability, oneOf: (items) => items[below(items.length)] };
}

/** What depends on nothing but a text, so that it is the same in whatever order things are asked for. */
export function randomOf(text: string): Random {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return createRandom(hash);
}
