import { randomInt } from 'node:crypto';

/** Numbers that look random, and are the same again for the same seed. */
export interface Random {
  /** For the message of a failure: `TORTURE_SEED` takes it. */
  readonly seed: number;
  /** A number from 0 to below 1. */
  next(): number;
  /** A whole number from 0 to below the limit. */
  below(limit: number): number;
}

/** Begins with `TORTURE_SEED`, or else with a seed of its own; writes it out under a name either way. */
export function seededRandom(name: string): Random {
  const seed = Number(process.env['TORTURE_SEED'] ?? randomInt(2 ** 31));
  process.stderr.write(`${name}: TORTURE_SEED=${seed}\n`);
  let state = seed >>> 0;
  // Mulberry32, by Tommy Ettinger; in the public domain.
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return { seed, next, below: (limit) => Math.floor(next() * limit) };
}
