import { isRecord } from './json.js';

/**
 * How large an answer of a subgraph may be, in bytes: a page of 100 accounts with 20 KB each. It is no setting, because
 * gateway and subgraphs have to agree on it; a larger one would hold up all other requests while it is written and read.
 */
export const MAX_ANSWER_BYTES = 2 * 1_024 * 1_024;

const REFUSED = `${JSON.stringify({
  errors: [{ message: 'The answer is too large.', extensions: { code: 'OPERATION_TOO_COMPLEX' } }],
  data: null,
})}\n`;

/** In UTF-8, of what JavaScript counts as one. */
const MAX_BYTES_OF_CHARACTER = 3;

/** Of an answer: itself, its data, the root fields. What is below, such as an entity, is written in one go. */
const LEVELS_IN_PIECES = 3;

/**
 * Writes an answer as JSON, piece by piece, until it is larger than it may be; then it is OPERATION_TOO_COMPLEX and no data.
 *
 * @param answer - What GraphQL has brought, with its errors as callers may see them.
 */
export function answerText(answer: object): string {
  let text = '';
  /** Counted only when there are so many characters that it matters; 0 until then. */
  let bytes = 0;
  const isTooLarge = (): boolean => bytes >= MAX_ANSWER_BYTES;

  function add(piece: string): void {
    text += piece;
    if (text.length * MAX_BYTES_OF_CHARACTER < MAX_ANSWER_BYTES) return;
    bytes = bytes === 0 ? Buffer.byteLength(text) : bytes + Buffer.byteLength(piece);
  }

  function write(value: unknown, levels: number): void {
    if (isTooLarge()) return;
    if (levels > 0 && Array.isArray(value)) {
      let separator = '[';
      for (const item of value) {
        add(separator);
        write(item, levels - 1);
        separator = ',';
      }
      add(value.length === 0 ? '[]' : ']');
    } else if (levels > 0 && isRecord(value)) {
      let separator = '{';
      for (const key of Object.keys(value)) {
        const member = value[key];
        if (member === undefined) continue;
        add(`${separator}${JSON.stringify(key)}:`);
        write(member, levels - 1);
        separator = ',';
      }
      add(separator === '{' ? '{}' : '}');
    } else add(JSON.stringify(value));
  }

  write(answer, LEVELS_IN_PIECES);
  return isTooLarge() ? REFUSED : `${text}\n`;
}
