/** A colour scheme. */
export type Theme = 'SYSTEM' | 'LIGHT' | 'DARK';

/** Any JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** How a person likes to be served. */
export interface Preferences {
  readonly theme: Theme;
  /** A language tag of BCP 47. */
  readonly locale: string;
  /** A name of the IANA time zone database. */
  readonly timeZone: string;
  readonly emailNotifications: boolean;
  readonly custom: JsonObject;
}

/** How a person presents themselves. */
export interface Profile {
  readonly userId: string;
  readonly displayName: string | null;
  readonly bio: string;
  readonly avatarUrl: string | null;
  readonly preferences: Preferences;
  /** 0 before the first write. */
  readonly version: number;
  readonly updatedAt: Date | null;
}

/** What holds before the first write, and what null sets a preference back to. */
export const DEFAULT_PREFERENCES: Preferences = {
  theme: 'SYSTEM',
  locale: 'en',
  timeZone: 'UTC',
  emailNotifications: true,
  custom: {},
};

/** The profile of somebody who has not written one. */
export function emptyProfile(userId: string): Profile {
  return {
    userId,
    displayName: null,
    bio: '',
    avatarUrl: null,
    preferences: DEFAULT_PREFERENCES,
    version: 0,
    updatedAt: null,
  };
}
