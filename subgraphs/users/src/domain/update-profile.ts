import type { ProfileChanges } from './ports.js';
import type { Profile } from './profile.js';
import type { Result } from './user-errors.js';
import { validateAvatarUrl, validateBio, validateDisplayName, validateExpectedVersion } from './validate-profile.js';
import type { WriteProfile } from './write-profile.js';

/** What to change: undefined keeps, null clears. */
export interface ProfileUpdate {
  readonly displayName?: string | null | undefined;
  readonly bio?: string | null | undefined;
  readonly avatarUrl?: string | null | undefined;
  readonly expectedVersion: number | null;
}

export type UpdateProfile = (userId: string, update: ProfileUpdate) => Promise<Result<Profile>>;

/** Changes how a person presents themselves. */
export function createUpdateProfile(writeProfile: WriteProfile): UpdateProfile {
  return async (userId, update) => {
    const { displayName, bio, avatarUrl, expectedVersion } = tidy(update);
    const userErrors = [
      ...validateDisplayName(displayName ?? ''),
      ...validateBio(bio ?? ''),
      ...(avatarUrl == null ? [] : validateAvatarUrl(avatarUrl)),
      ...validateExpectedVersion(expectedVersion),
    ];
    if (userErrors.length > 0) return { ok: false, userErrors };
    const changes: ProfileChanges = {
      ...(displayName === undefined ? {} : { displayName }),
      ...(bio === undefined ? {} : { bio: bio ?? '' }),
      ...(avatarUrl === undefined ? {} : { avatarUrl }),
    };
    return writeProfile(userId, changes, expectedVersion);
  };
}

/** Surrounding white space is never meant, and an empty name or address is none. */
function tidy({ displayName, bio, avatarUrl, expectedVersion }: ProfileUpdate): ProfileUpdate {
  return {
    displayName: orNull(displayName),
    bio: bio === null ? null : bio?.normalize('NFC'),
    avatarUrl: orNull(avatarUrl),
    expectedVersion,
  };
}

function orNull(text: string | null | undefined): string | null | undefined {
  const trimmed = text?.normalize('NFC').trim();
  return trimmed === '' ? null : (trimmed ?? text);
}
