import { randomInt } from 'node:crypto';

/** `npm run test:fuzz` goes on for long and takes another seed each time; within the suite it is short and always the same. */
const isLong = process.env['FUZZ'] === 'long';

/** How the fuzzing goes. */
export const settings = {
  /** What everything random follows from; a failure names it. */
  seed: Number(process.env['FUZZ_SEED'] ?? (isLong ? randomInt(2 ** 31) : 20_260_101)),
  /** How many operations are tried, each by every caller. */
  runs: Number(process.env['FUZZ_RUNS'] ?? (isLong ? 20_000 : 150)),
  /** When to stop even if there are runs left, in milliseconds. */
  timeLimitMs: isLong ? 3_600_000 : 5_000,
} as const;
