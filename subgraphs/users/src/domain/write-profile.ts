import type { Clock } from '@identity/service-kit/clock';
import type { ProfileChanges, ProfileStore } from './ports.js';
import { emptyProfile, type Profile } from './profile.js';
import { versionConflict, type Result } from './user-errors.js';

/** Writes changes that have been validated. Without changes nothing is written and the version stays. */
export type WriteProfile = (
  userId: string,
  changes: ProfileChanges,
  expectedVersion: number | null,
) => Promise<Result<Profile>>;

export function createWriteProfile(profiles: ProfileStore, clock: Clock): WriteProfile {
  return async (userId, changes, expectedVersion) => {
    if (Object.keys(changes).length === 0) return confirm(userId, expectedVersion);
    const outcome = await profiles.write({ userId, changes, expectedVersion, at: clock() });
    return outcome.written ? { ok: true, value: outcome.profile } : conflict(outcome.currentVersion);
  };

  async function confirm(userId: string, expectedVersion: number | null): Promise<Result<Profile>> {
    const [found] = await profiles.findByUserIds([userId]);
    const profile = found ?? emptyProfile(userId);
    return expectedVersion === null || expectedVersion === profile.version
      ? { ok: true, value: profile }
      : conflict(profile.version);
  }
}

function conflict(currentVersion: number): Result<Profile> {
  return { ok: false, userErrors: [versionConflict(currentVersion)] };
}
