/** `npm run test:torture` goes on for long; within the suite the same tests are short. */
const isLong = process.env['TORTURE'] === 'long';

/** How often the tests of this folder do what they do. */
export const rounds = {
  migrators: isLong ? 20 : 3,
  migratorKills: isLong ? 20 : 1,
  /** Of each part: of the one process, and of each of the five. */
  killsOfEach: isLong ? { embedded: 100, distributed: 100 } : { embedded: 2, distributed: 1 },
  /** How long it may take after a kill until everything works that somebody needs; the suite shares its machine. */
  recoveredWithinMs: isLong ? 5_000 : 10_000,
} as const;
