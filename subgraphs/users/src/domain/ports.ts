import type { RequestTime } from '@identity/service-kit/request-time';
import type { Preferences, Profile } from './profile.js';

/** What to write; a field left out is kept. */
export type ProfileChanges = Partial<Pick<Profile, 'displayName' | 'bio' | 'avatarUrl'> & Preferences>;

/** A write to one profile. */
export interface ProfileWrite {
  readonly userId: string;
  readonly changes: ProfileChanges;
  /** Write only if the profile has this version; null to write in any case. */
  readonly expectedVersion: number | null;
  readonly at: Date;
}

/** The outcome of a write. */
export type WriteOutcome =
  { readonly written: true; readonly profile: Profile } | { readonly written: false; readonly currentVersion: number };

/** Keeps profiles; one that was never written is not there. */
export interface ProfileStore {
  findByUserIds(userIds: readonly string[], time?: RequestTime): Promise<readonly Profile[]>;
  /** Applies all changes at once, and only to the expected version. */
  write(write: ProfileWrite): Promise<WriteOutcome>;
}
