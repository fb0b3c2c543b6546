import { domainToUnicode } from 'node:url';
import validator from 'validator';
import { emailKey, normalizeName } from './identity-keys.js';
import { invalidInput, type UserError } from './user-errors.js';

const USERNAME = /^[A-Za-z0-9_.-]{3,30}$/;
const MAX_EMAIL_BYTES = 254;
const MAX_DEVICE_NAME_CHARACTERS = 100;

/** A line break in an address could end up in the headers of a mail; what cannot be seen disguises the rest. */
const UNSEEN_CHARACTERS = /[\p{Cc}\p{Cf}\p{Surrogate}\p{Zl}\p{Zp}]/u;

/** A username as it is kept: without surrounding white space, in Unicode form NFKC. */
export function tidyUsername(username: string): string {
  return normalizeName(username);
}

/** An e-mail address as it is kept and written to. */
export function tidyEmail(email: string): string {
  return normalizeName(email);
}

/** 3 to 30 of letters, digits, `_`, `-`, `.`. Letters are those of ASCII: look-alikes of other scripts would allow impersonation. */
export function validateUsername(username: string): readonly UserError[] {
  if (USERNAME.test(tidyUsername(username))) return [];
  return [invalidInput('username', 'A username has 3 to 30 letters (a-z), digits, "_", "-" or ".".')];
}

/** An address of RFC 5321/6531, without quotation marks, whose domain IDNA knows, with at most 254 bytes in its canonical form. */
export function validateEmail(email: string): readonly UserError[] {
  const tidy = tidyEmail(email);
  const valid =
    tidy.length <= MAX_EMAIL_BYTES &&
    !UNSEEN_CHARACTERS.test(tidy) &&
    validator.isEmail(tidy) &&
    !tidy.startsWith('"') &&
    hasUsableKey(tidy);
  return valid ? [] : [invalidInput('email', 'This is not an e-mail address.')];
}

/**
 * Whether a domain is one for IDNA. Where it is none, some versions of Node.js give it an empty key, so that all of
 * those addresses would be one, and others leave labels as they are that decode to nothing.
 */
function hasUsableKey(email: string): boolean {
  const key = emailKey(email);
  const domain = key.slice(key.lastIndexOf('@') + 1);
  const labels = domainToUnicode(domain).split('.');
  return (
    domain !== '' && labels.every((label) => !label.startsWith('xn--')) && Buffer.byteLength(key) <= MAX_EMAIL_BYTES
  );
}

/** At most 100 characters, none of them invisible; an empty name counts as none. */
export function validateDeviceName(deviceName: string | null): readonly UserError[] {
  if (deviceName === null) return [];
  const tooLong = [...deviceName].length > MAX_DEVICE_NAME_CHARACTERS;
  if (!tooLong && !/[\p{Cc}\p{Surrogate}]/u.test(deviceName)) return [];
  return [
    invalidInput('deviceName', `At most ${String(MAX_DEVICE_NAME_CHARACTERS)} characters, no control characters.`),
  ];
}

/** A device name as it is kept; null for none. */
export function tidyDeviceName(deviceName: string | null): string | null {
  const tidy = deviceName?.normalize('NFC').trim() ?? '';
  return tidy === '' ? null : tidy;
}
