import { isRecord } from './json.js';
import { turnOfItsOwn } from './one-a-turn.js';

/**
 * How large an answer of a subgraph may be, in bytes: a page of 100 accounts with 20 KB each. It is no setting, because
 * gateway and subgraphs have to agree on it; a larger one would hold up all other requests while it is written and read.
 */
export const MAX_ANSWER_BYTES = 2 * 1_024 * 1_024;

const REFUSED = `${JSON.stringify({
  errors: [{ message: 'The answer is too large.', extensions: { code: 'OPERATION_TOO_COMPLEX' } }],
  data: null,
})}\n`;

/** An answer that takes so long to write that it has a turn of the event loop for itself. In UTF-16 units. */
const LONG_TEXT = 128 * 1_024;

/** In UTF-8, of what JavaScript counts as one. */
const MAX_BYTES_OF_CHARACTER = 3;

/** Of an answer: itself, its data, the root fields. What is below, such as an entity, is written in one go. */
const LEVELS_IN_PIECES = 3;

/** Answers that are shorter, in UTF-16 units, do not matter for how much is written in a turn. */
const SHORT_TEXT = 8 * 1_024;

/** In the present turn of the event loop. */
let writtenInTurn = 0;

/**
 * Writes an answer as JSON, piece by piece, until it is larger than it may be; then it is OPERATION_TOO_COMPLEX and no data.
 * What turns out to be long is written from the beginning in a turn of its own, and so is what comes when as much was written in
 * the present turn, since several calls may get what they have waited for at the same time.
 *
 * @param answer - What GraphQL has brought, with its errors as callers may see them.
 */
export function answerText(answer: object): string | Promise<string> {
  if (writtenInTurn > LONG_TEXT) return writeApart(answer);
  const { text, isTooLong } = write(answer, (written) => written.length > LONG_TEXT);
  noteWritten(text.length);
  return isTooLong ? writeApart(answer) : text;
}

function noteWritten(length: number): void {
  if (length < SHORT_TEXT) return;
  if (writtenInTurn === 0)
    setImmediate(() => {
      writtenInTurn = 0;
    });
  writtenInTurn += length;
}

async function writeApart(answer: object): Promise<string> {
  await turnOfItsOwn();
  const { text, isTooLong } = write(answer, createByteLimit());
  return isTooLong ? REFUSED : text;
}

/** Told all that is written so far, and what of it is new. */
type IsTooLong = (text: string, piece: string) => boolean;

function createByteLimit(): IsTooLong {
  /** Counted only when there are so many characters that it matters; 0 until then. */
  let bytes = 0;
  return (text, piece) => {
    if (text.length * MAX_BYTES_OF_CHARACTER < MAX_ANSWER_BYTES) return false;
    bytes = bytes === 0 ? Buffer.byteLength(text) : bytes + Buffer.byteLength(piece);
    return bytes >= MAX_ANSWER_BYTES;
  };
}

/** A text that gets too long ends there. */
function write(answer: object, isTooLong: IsTooLong): { readonly text: string; readonly isTooLong: boolean } {
  const written = { text: '', isTooLong: false };

  function add(piece: string): void {
    written.text += piece;
    written.isTooLong = isTooLong(written.text, piece);
  }

  function addValue(value: unknown, levels: number): void {
    if (written.isTooLong) return;
    if (levels > 0 && Array.isArray(value)) {
      let separator = '[';
      for (const item of value) {
        add(separator);
        addValue(item, levels - 1);
        separator = ',';
      }
      add(value.length === 0 ? '[]' : ']');
    } else if (levels > 0 && isRecord(value)) {
      let separator = '{';
      for (const key of Object.keys(value)) {
        const member = value[key];
        if (member === undefined) continue;
        add(`${separator}${JSON.stringify(key)}:`);
        addValue(member, levels - 1);
        separator = ',';
      }
      add(separator === '{' ? '{}' : '}');
    } else add(JSON.stringify(value));
  }

  addValue(answer, LEVELS_IN_PIECES);
  if (!written.isTooLong) written.text += '\n';
  return written;
}
