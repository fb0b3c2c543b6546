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

/** Of an answer: itself, its data, the root fields. What is below, such as an entity, is written in one go. */
const LEVELS_IN_PIECES = 3;

/**
 * Writes an answer as JSON, piece by piece, until it is larger than it may be; then it is OPERATION_TOO_COMPLEX and no data.
 *
 * @param answer - What GraphQL has brought, with its errors as callers may see them.
 */
export function answerText(answer: object): string {
  let text = '';
  let bytes = '\n'.length;

  function add(piece: string): void {
    text += piece;
    bytes += Buffer.byteLength(piece);
  }

  function write(value: unknown, levels: number): void {
    if (bytes > MAX_ANSWER_BYTES) return;
    if (levels > 0 && Array.isArray(value)) {
      add('[');
      value.forEach((item, index) => {
        if (index > 0) add(',');
        write(item, levels - 1);
      });
      add(']');
    } else if (levels > 0 && isRecord(value)) {
      const members = Object.entries(value).filter(([, member]) => member !== undefined);
      add('{');
      members.forEach(([key, member], index) => {
        add(`${index > 0 ? ',' : ''}${JSON.stringify(key)}:`);
        write(member, levels - 1);
      });
      add('}');
    } else add(JSON.stringify(value));
  }

  write(answer, LEVELS_IN_PIECES);
  return bytes > MAX_ANSWER_BYTES ? REFUSED : `${text}\n`;
}
