import { domainToASCII } from 'node:url';

/**
 * The form of a username under which it is unique: two spellings are the same name if their keys are equal.
 * Computed here and not by a collation, so that every database agrees.
 */
export function usernameKey(username: string): string {
  return canonical(username);
}

/** The form of an e-mail address under which it is unique; the domain goes through IDNA (RFC 5891). */
export function emailKey(email: string): string {
  const key = canonical(email);
  const at = key.lastIndexOf('@');
  return `${key.slice(0, at)}@${domainToASCII(key.slice(at + 1))}`;
}

/**
 * The beginning of the e-mail keys of all addresses that begin so. The end of an unfinished domain cannot be foreseen
 * after IDNA, so beyond ASCII only whole labels are found.
 */
export function emailKeyPrefix(beginning: string): string {
  const prefix = canonical(beginning);
  const at = prefix.lastIndexOf('@');
  const domain = prefix.slice(at + 1);
  // Not for ASCII: "163" is the beginning of a domain here, and would be taken for an IPv4 address.
  const needsIdna = at >= 0 && /\P{ASCII}/u.test(domain);
  return needsIdna ? `${prefix.slice(0, at)}@${domainToASCII(domain) || domain}` : prefix;
}

/** The key of what somebody logs in with. A username never holds an `@`. */
export function identifierKey(identifier: string): { readonly emailKey: string } | { readonly usernameKey: string } {
  return canonical(identifier).includes('@')
    ? { emailKey: emailKey(identifier) }
    : { usernameKey: usernameKey(identifier) };
}

/** No username and no address comes near, not even before three letters become one. */
const MAX_LENGTH = 1_024;

/**
 * A name in Unicode form NFKC, without surrounding white space. Of a text that is too long for a name only so much is
 * looked at that it stays too long: the time that marks take to be put in order grows with the square of their number.
 */
export function normalizeName(name: string): string {
  const text = name.trim();
  // What is cut off leaves a sign, or what stands before many spaces would be a name.
  const looked = text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
  return looked.normalize('NFKC').trim();
}

function canonical(value: string): string {
  return foldCase(normalizeName(value)).trim();
}

/** A text in Unicode form NFKC as it is compared where case does not count. It has to be of bounded length. */
export function foldCase(normalized: string): string {
  // The small sigma has two forms, and which one lower-casing gives depends on where it stands.
  return normalized.toLowerCase().replaceAll('ς', 'σ').normalize('NFKC');
}
