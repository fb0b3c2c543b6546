import type { SeedingApp as AuthSeeding } from '@identity/auth/seeding-app';
import type { SeedingApp as UsersSeeding } from '@identity/users/seeding-app';

/** What people are made from. */
export interface SeedOptions {
  readonly auth: Omit<AuthSeeding, 'close'>;
  readonly users: Omit<UsersSeeding, 'close'>;
  /** How many there are in the end. */
  readonly total: number;
  readonly password: string;
  readonly now: Date;
}

/** How many people are written in one transaction. */
const BATCH = 2_000;
/** People come into being a second apart from here on, so that their ids sort before those of real ones. */
const SINCE = new Date('2020-01-01T00:00:00Z');
const SESSION_LIFETIME_MS = 90 * 86_400_000;

/**
 * Fills up to a number of people; accounts first, because somebody without a profile is nobody strange.
 *
 * @returns the numbers of the new people: from the first one up to, but without, the second.
 */
export async function seed({ auth, users, total, password, now }: SeedOptions): Promise<{ from: number; to: number }> {
  const present = await auth.count();
  if (present >= total) return { from: present, to: present };
  const passwordHash = await auth.hash(password);
  const sessionsExpireAt = new Date(now.getTime() + SESSION_LIFETIME_MS);
  for (let from = present; from < total; from += BATCH) {
    const count = Math.min(BATCH, total - from);
    const ids = await auth.insert({ from, count, passwordHash, since: SINCE, sessionsExpireAt });
    await users.insert(ids, now);
  }
  return { from: present, to: total };
}
