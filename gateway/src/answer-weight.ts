/** Shorter texts hold too few values to matter. */
const COUNTED_FROM = 32 * 1_024;

/** What a value counts as at least, in bytes: fewer would take less than that on the way and far more when it has been read. */
const MIN_BYTES_OF_VALUE = 8;

const COMMA = 0x2c;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LIST = 0x5b;
const OBJECT = 0x7b;

/**
 * How large an answer is taken for: its bytes, or 8 for each of its values when that is more. Two bytes can be a value, and
 * memory and time to read and write an answer go by values rather than by bytes.
 *
 * @param text - Should be JSON; of what is not, only the bytes are certain.
 */
export function answerWeight(text: string): number {
  const bytes = Buffer.byteLength(text);
  return text.length < COUNTED_FROM ? bytes : Math.max(bytes, MIN_BYTES_OF_VALUE * countValues(text));
}

/** Lists and objects, and all that follows something else in one; which is each value, and an empty one twice. */
function countValues(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === COMMA || code === LIST || code === OBJECT) count += 1;
    else if (code === QUOTE) at = endOfString(text, at);
  }
  return count;
}

/** Where the string that begins there ends; the end of the text if it does not. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end === -1 ? text.length : end;
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(at - 1 - backslashes) === BACKSLASH) backslashes += 1;
  return backslashes % 2 === 1;
}
