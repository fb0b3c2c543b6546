import type { ProfileChanges } from './ports.js';
import { DEFAULT_PREFERENCES, type JsonObject, type Profile, type Theme } from './profile.js';
import type { Result, UserError } from './user-errors.js';
import {
  canonicalLocale,
  validateCustom,
  validateExpectedVersion,
  validateLocale,
  validateTimeZone,
} from './validate-profile.js';
import type { WriteProfile } from './write-profile.js';

/** What to change: undefined keeps, null sets back to the default. */
export interface PreferencesUpdate {
  readonly theme?: Theme | null | undefined;
  readonly locale?: string | null | undefined;
  readonly timeZone?: string | null | undefined;
  readonly emailNotifications?: boolean | null | undefined;
  readonly custom?: JsonObject | null | undefined;
  readonly expectedVersion: number | null;
}

export type UpdatePreferences = (userId: string, update: PreferencesUpdate) => Promise<Result<Profile>>;

/** Changes how a person likes to be served. */
export function createUpdatePreferences(writeProfile: WriteProfile): UpdatePreferences {
  return async (userId, update) => {
    const userErrors = validate(update);
    if (userErrors.length > 0) return { ok: false, userErrors };
    return writeProfile(userId, changesOf(update), update.expectedVersion);
  };
}

function validate({ locale, timeZone, custom, expectedVersion }: PreferencesUpdate): readonly UserError[] {
  return [
    ...(locale == null ? [] : validateLocale(locale)),
    ...(timeZone == null ? [] : validateTimeZone(timeZone)),
    ...(custom == null ? [] : validateCustom(custom)),
    ...validateExpectedVersion(expectedVersion),
  ];
}

function changesOf({ theme, locale, timeZone, emailNotifications, custom }: PreferencesUpdate): ProfileChanges {
  return {
    ...(theme === undefined ? {} : { theme: theme ?? DEFAULT_PREFERENCES.theme }),
    ...(locale === undefined
      ? {}
      : { locale: canonicalLocale(locale ?? DEFAULT_PREFERENCES.locale) ?? DEFAULT_PREFERENCES.locale }),
    ...(timeZone === undefined ? {} : { timeZone: timeZone ?? DEFAULT_PREFERENCES.timeZone }),
    ...(emailNotifications === undefined
      ? {}
      : { emailNotifications: emailNotifications ?? DEFAULT_PREFERENCES.emailNotifications }),
    ...(custom === undefined ? {} : { custom: custom ?? DEFAULT_PREFERENCES.custom }),
  };
}
