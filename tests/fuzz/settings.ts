import { randomInt } from 'node:crypto';

/** `npm run test:fuzz` goes on for long and takes another seed each time; within the suite it is short and always the same. */
const isLong = process.env['FUZZ'] === 'long';

/** How the fuzzing goes. */
export const settings = {
  /** What everything random follows from; a failure names it. */
  seed: Number(process.env['FUZZ_SEED'] ?? (isLong ? randomInt(2 ** 31) : 20_260_101)),
  /** How many operations are tried, each by every caller in turn. */
  runs: Number(process.env['FUZZ_RUNS'] ?? (isLong ? 20_000 : 150)),
  /** How long all of it may take, in milliseconds; what is not done by then has failed. */
  timeLimitMs: isLong ? 7_200_000 : 120_000,
} as const;
