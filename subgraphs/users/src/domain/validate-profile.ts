import { invalidInput, type UserError } from './user-errors.js';
import type { JsonObject } from './profile.js';

const MAX_DISPLAY_NAME = 80;
const MAX_BIO = 2_000;
const MAX_URL = 2_048;
const MAX_TAG = 64;
const MAX_CUSTOM_BYTES = 16 * 1_024;

/** NUL, and halves of characters: databases refuse or mend them silently. */
const UNSTORABLE_CHARACTERS = /[\p{Surrogate}\u0000]/u;

/** A name with control characters could not be shown, or could disguise what stands around it. */
const CONTROL_CHARACTERS = /[\p{Cc}\p{Surrogate}\u2028\u2029\u202A-\u202E\u2066-\u2069]/u;

export function validateDisplayName(displayName: string): readonly UserError[] {
  if (lengthOf(displayName) > MAX_DISPLAY_NAME) return [tooLong('displayName', MAX_DISPLAY_NAME)];
  return CONTROL_CHARACTERS.test(displayName)
    ? [invalidInput('displayName', 'A display name has no control characters.')]
    : [];
}

export function validateBio(bio: string): readonly UserError[] {
  if (UNSTORABLE_CHARACTERS.test(bio)) return [invalidInput('bio', 'There is a character in it that is no text.')];
  return lengthOf(bio) > MAX_BIO ? [tooLong('bio', MAX_BIO)] : [];
}

/** Only http and https: other schemes run code or read files where the picture is shown. */
export function validateAvatarUrl(avatarUrl: string): readonly UserError[] {
  if (avatarUrl.length > MAX_URL) return [tooLong('avatarUrl', MAX_URL)];
  const web =
    !/\p{Cc}|\p{Surrogate}/u.test(avatarUrl) &&
    URL.canParse(avatarUrl) &&
    ['http:', 'https:'].includes(new URL(avatarUrl).protocol);
  return web ? [] : [invalidInput('avatarUrl', 'This is not an absolute http or https address.')];
}

export function validateLocale(locale: string): readonly UserError[] {
  return canonicalLocale(locale) === null ? [invalidInput('locale', 'This is not a language tag of BCP 47.')] : [];
}

/** A language tag in its canonical spelling, which can be longer; null when it is none. */
export function canonicalLocale(locale: string): string | null {
  try {
    const canonical = locale.length <= MAX_TAG ? Intl.getCanonicalLocales(locale)[0] : undefined;
    return canonical === undefined || canonical.length > MAX_TAG ? null : canonical;
  } catch {
    return null;
  }
}

export function validateTimeZone(timeZone: string): readonly UserError[] {
  return isTimeZone(timeZone) ? [] : [invalidInput('timeZone', 'This is not a time zone of the IANA database.')];
}

/** At most 16 KiB as JSON in UTF-8. */
export function validateCustom(custom: JsonObject): readonly UserError[] {
  const tooLarge = Buffer.byteLength(JSON.stringify(custom)) > MAX_CUSTOM_BYTES;
  return tooLarge ? [invalidInput('custom', `At most ${String(MAX_CUSTOM_BYTES)} bytes of JSON.`)] : [];
}

export function validateExpectedVersion(expectedVersion: number | null): readonly UserError[] {
  return expectedVersion !== null && expectedVersion < 0
    ? [invalidInput('expectedVersion', 'A version is never negative.')]
    : [];
}

function isTimeZone(timeZone: string): boolean {
  // Offsets such as "+01:00" are understood by Intl as well, but they are no zones.
  if (timeZone.length > MAX_TAG || !/^[A-Za-z][A-Za-z0-9_+\-/]*$/.test(timeZone)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone });
    return true;
  } catch {
    return false;
  }
}

function lengthOf(text: string): number {
  return [...text].length;
}

function tooLong(field: string, limit: number): UserError {
  return invalidInput(field, `At most ${limit.toLocaleString('en')} characters.`);
}
