import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { adjacencyGraphs, dictionary } from '@zxcvbn-ts/language-common';
import type { IsCommonPassword } from '../domain/ports.js';

/** What an attacker finds within as many guesses is common, even if it is on no list. */
const COMMON_GUESSES = 10_000;

/** In characters. What is shorter is found early for being short, which does not make it common. */
const MIN_ESTIMATED_LENGTH = 8;
/** The time of an estimate grows steeply, and what is longer is common only if it is on a list. */
const MAX_ESTIMATED_LENGTH = 20;

/** What the list alone decides; made once in a process: it takes time and memory. */
let listed: { readonly common: ReadonlySet<string>; readonly estimator: ZxcvbnFactory } | null = null;

function readList() {
  const list = dictionary['passwords-common'];
  const estimator = new ZxcvbnFactory({ dictionary: { 'passwords-common': list }, graphs: adjacencyGraphs });
  return { common: new Set(list), estimator };
}

/**
 * Knows the common passwords, without regard to case: those on a list of tens of thousands, those that such lists
 * leave out because they follow a pattern, such as `88888888`, `abcdefgh` or `poiuytrewq`, and those that consist of words
 * which everybody here would think of (OWASP ASVS 5, 6.2.11).
 *
 * @param contextWords - Such as the name of the product; what stands around and between them may be anything but letters.
 */
export function createCommonPasswords(contextWords: readonly string[]): IsCommonPassword {
  listed ??= readList();
  const { common, estimator } = listed;
  // The longest first: a word within another must not leave half of it.
  const words = contextWords.map((word) => word.toLowerCase()).sort((one, other) => other.length - one.length);

  function isGuessedEarly(password: string): boolean {
    const { length } = [...password];
    if (length < MIN_ESTIMATED_LENGTH || length > MAX_ESTIMATED_LENGTH) return false;
    return estimator.check(password).guesses < COMMON_GUESSES;
  }

  function consistsOfContextWords(folded: string): boolean {
    const letters = (text: string) => text.replace(/[^\p{L}]/gu, '');
    if (letters(folded) === '') return false;
    return letters(words.reduce((rest, word) => rest.replaceAll(word, ''), folded)) === '';
  }

  return (password) => {
    const folded = password.toLowerCase();
    return common.has(folded) || consistsOfContextWords(folded) || isGuessedEarly(password);
  };
}
