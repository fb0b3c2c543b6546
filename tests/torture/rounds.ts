/** `npm run test:torture` goes on for long; within the suite the same tests are short. */
const isLong = process.env['TORTURE'] === 'long';

/** How often the tests of this folder do what they do. */
export const rounds = {
  migrators: isLong ? 20 : 3,
  migratorKills: isLong ? 20 : 1,
  /** Of the one process, and of all five. */
  kills: isLong ? { embedded: 100, distributed: 100 } : { embedded: 2, distributed: 5 },
  /** How long it may take after a kill until everything works that somebody needs; the suite shares its machine. */
  recoveredWithinMs: isLong ? 5_000 : 10_000,
} as const;
