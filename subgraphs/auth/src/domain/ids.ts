/**
 * Whether a text has the form of an id of this kind. What has another form names nothing, and is never looked for:
 * MySQL ignores spaces at the end when it compares, and fails on what its character set for ids does not have.
 */
export function isIdOf(kind: 'user' | 'session', text: string): boolean {
  return text.startsWith(`${kind}_`) && /^_[0-9a-z]{26}$/.test(text.slice(kind.length));
}
