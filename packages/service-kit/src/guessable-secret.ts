/** Fewer different characters than any random secret of that length has; 32 hexadecimal digits have about 14. */
const MIN_DISTINCT_CHARACTERS = 8;

/** Longer than any run of neighbours, such as `abcdefgh`, that chance puts into a secret. */
const MAX_RUN = 7;

/** Parts of what documentation and tutorials put in the place of a secret. Six letters or more: chance writes shorter ones. */
const PLACEHOLDERS = [
  'changeme',
  'changeit',
  'changein',
  'changethis',
  'default',
  'example',
  'insecure',
  'letmein',
  'password',
  'passw0rd',
  'placeholder',
  'qwerty',
  'replaceme',
  'replacethis',
  'secret',
  'supergraph',
];

/**
 * Whether somebody has made a secret up, or copied it from a text, instead of generating it (OWASP ASVS 5, 13.2.3). It
 * finds what people do and proves nothing about the rest.
 */
export function isGuessable(secret: string): boolean {
  const letters = secret.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  return (
    new Set(secret).size < MIN_DISTINCT_CHARACTERS ||
    repeats(secret) ||
    longestRun(secret) > MAX_RUN ||
    PLACEHOLDERS.some((placeholder) => letters.includes(placeholder))
  );
}

/** Whether a text is a shorter one several times over. */
function repeats(text: string): boolean {
  return (text + text).indexOf(text, 1) < text.length;
}

/** How many characters in a row are each the next one of the alphabet, or each the previous one. */
function longestRun(text: string): number {
  let longest = 1;
  let current = 1;
  let direction = 0;
  for (let index = 1; index < text.length; index += 1) {
    const step = text.charCodeAt(index) - text.charCodeAt(index - 1);
    current = Math.abs(step) === 1 ? (step === direction ? current + 1 : 2) : 1;
    direction = step;
    longest = Math.max(longest, current);
  }
  return longest;
}
