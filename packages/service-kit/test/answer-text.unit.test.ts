import { setImmediate as endOfTurn } from 'node:timers/promises';
import { answerText, MAX_ANSWER_BYTES } from '@identity/service-kit/answer-text';
import { describe, expect, it } from '@jest/globals';

const REFUSED = { data: null, errors: [{ extensions: { code: 'OPERATION_TOO_COMPLEX' } }] };

/** As graphql-js makes all objects of an answer. */
const BARE: unknown = Object.setPrototypeOf({ a: true }, null);

const withEntities = (entities: readonly unknown[]) => ({ data: { _entities: entities } });

describe('the text of an answer', () => {
  it.each([
    ['nothing', { data: null }],
    ['objects', { data: { a: { b: { c: [1, 'ä', null] } }, 'k"': [] } }],
    ['entities', withEntities([null, { id: 'x', list: [[{}], 'y'] }, { id: '"' }])],
    ['errors', { errors: [{ message: '\u2028', path: ['a', 0], extensions: { code: 'X' } }], data: { a: [null] } }],
    ['what has no errors', { errors: undefined, data: {}, extensions: undefined }],
    ['objects without a prototype', { data: BARE }],
    ['what is long', withEntities(Array.from({ length: 100 }, (_unused, index) => 'x'.repeat(50 * index)))],
  ])('is that of JSON for %s', async (_what, answer) => {
    expect(await answerText(answer)).toBe(`${JSON.stringify(answer)}\n`);
  });

  it('has a turn of the event loop for itself when it is long', async () => {
    const done: string[] = [];
    const entity = { text: 'x'.repeat(1_024 * 1_024), toJSON: () => done.push('begun') };
    const text = answerText(withEntities([entity.text, entity]));
    const other = answerText(withEntities([entity.text, entity]));
    expect(done).toEqual([]);
    await text;
    expect(done).toEqual(['begun']);
    await other;
    expect(done).toEqual(['begun', 'begun']);
  });

  it('is begun by no more than one of several in the same turn, whatever its pieces are', async () => {
    let written = 0;
    const piece = {
      toJSON() {
        written += 1;
        return 'x'.repeat(1_024 * 1_024);
      },
    };
    const long = withEntities([piece]);
    const answers = [long, long, withEntities([]), long].map((answer) => answerText(answer));
    expect(answers.map((text) => typeof text)).toEqual(['object', 'object', 'object', 'object']);
    expect(written).toBe(1);
    for (const answer of answers) await answer;
    expect(written).toBe(4);
    await endOfTurn();
    expect(typeof answerText(withEntities([]))).toBe('string');
  });

  it('fails as a whole when something cannot be written', async () => {
    const long = ['x'.repeat(1_024 * 1_024), 1n];
    await expect(async () => answerText(withEntities(long))).rejects.toThrow(TypeError);
  });

  it.each(['x', 'ä', '漢', '"'])('is as large as it may be, in bytes, and no larger: %s', async (character) => {
    const around = Buffer.byteLength(await answerText(withEntities(['', ''])));
    const fits = Math.floor((MAX_ANSWER_BYTES - around) / (Buffer.byteLength(JSON.stringify(character)) - 2));
    const largest = await answerText(withEntities([character.repeat(fits), '']));
    expect(Buffer.byteLength(largest)).toBeLessThanOrEqual(MAX_ANSWER_BYTES);
    expect(JSON.parse(largest)).toHaveProperty('data._entities.1');
    expect(JSON.parse(await answerText(withEntities([character.repeat(fits), character])))).toMatchObject(REFUSED);
  });

  it('is not written on when it is too large', async () => {
    let written = 0;
    const entity = {
      get text() {
        written += 1;
        return 'x'.repeat(MAX_ANSWER_BYTES / 10);
      },
    };
    const text = await answerText(withEntities(Array.from({ length: 100 }, () => entity)));
    expect(JSON.parse(text)).toMatchObject(REFUSED);
    // Its beginning is written twice: whether it is long shows only then.
    expect(written).toBe(11);
  });
});
