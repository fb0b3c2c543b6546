import { describe, expect, it } from '@jest/globals';
import { answerWeight } from '../src/answer-weight.js';

const COUNT = 100_000;
const list = (item: string, count = COUNT): string => `[${Array.from({ length: count }, () => item).join(',')}]`;

describe('what an answer weighs', () => {
  it.each([
    ['numbers', '1', COUNT],
    ['empty objects', '{}', 2 * COUNT],
    ['empty lists', '[]', 2 * COUNT],
    ['short members', '{"":0}', 2 * COUNT],
  ])('is 8 bytes for each of its %s', (_what, item, values) => {
    expect(answerWeight(list(item))).toBe(8 * values);
  });

  it.each([
    ['texts', list('"some text"')],
    ['what looks like values in a text', list(JSON.stringify('[{,,,}]'.repeat(COUNT)), 1)],
    ['what looks like values behind a quotation mark', list(JSON.stringify('",,,,'.repeat(COUNT)), 1)],
    ['what looks like values behind a backslash', list(JSON.stringify('\\",,,,\\'.repeat(COUNT)), 1)],
    ['characters of several bytes', list(JSON.stringify('漢'.repeat(COUNT)), 1)],
    ['a text that does not end', `"${',\\"'.repeat(COUNT)}`],
  ])('is its bytes for %s', (_what, text) => {
    expect(answerWeight(text)).toBe(Buffer.byteLength(text));
  });

  it('goes on counting behind texts', () => {
    const backslashes = JSON.stringify('\\'.repeat(7));
    expect(answerWeight(`[${backslashes},${list('1')}]`)).toBe(8 * (COUNT + 2));
  });

  it('is the bytes of a short answer', () => {
    const text = list('{}', 1_000);
    expect(answerWeight(text)).toBe(text.length);
  });
});
