import { describe, expect, it } from '@jest/globals';
import { dictionary } from '@zxcvbn-ts/language-common';
import { createCommonPasswords } from '../src/adapters/common-passwords.js';

/** OWASP ASVS 5, 6.2.4 asks for 3,000 that are long enough for the policy; this service promises more. */
const PROMISED = 10_000;
const MIN_CHARACTERS = 8;

describe('the built-in list of common passwords', () => {
  const longEnough = dictionary['passwords-common'].filter((password) => [...password].length >= MIN_CHARACTERS);

  it('has more than ten thousand that would be long enough', () => {
    expect(new Set(longEnough).size).toBeGreaterThan(PROMISED);
  });

  it('is known as a whole, in capitals too', () => {
    const isCommon = createCommonPasswords([]);
    const spellings = longEnough.flatMap((password) => [password, password.toUpperCase()]);
    expect(spellings.filter((password) => !isCommon(password))).toEqual([]);
    expect(isCommon('window seat 42 B')).toBe(false);
  });
});
