import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '../../../tests/harness/test-database.js';
import { connectDatabase, type Database } from '../src/connect.js';
import { uniqueIndexName, violatesPrimaryKey, violatesUnique } from '../src/unique-violation.js';
import { createNotes, KEY_INDEX, type Notes } from './notes-table.js';

let file: TestDatabase;
let database: Database;
let notes: Notes;

beforeAll(async () => {
  file = await createTestDatabase('unique');
  database = await connectDatabase({ url: file.url });
  notes = await createNotes(database);
});

afterAll(async () => {
  await database.close();
  await file.drop();
});

beforeEach(async () => {
  await notes.destroy({ where: {} });
});

function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

test.each(['in transactions', 'outside of transactions'])('of twenty at once %s, one wins', async (place) => {
  const failures = await Promise.all(
    Array.from({ length: 20 }, (_, index) => {
      const row = { id: `n${String(index)}`, key: Buffer.from('the same') };
      return failureOf(
        place === 'in transactions'
          ? database.transaction((transaction) => notes.create(row, { transaction }))
          : notes.create(row),
      );
    }),
  );
  expect(failures.filter((error) => error === undefined)).toHaveLength(1);
  expect(failures.filter((error) => violatesUnique(error, KEY_INDEX))).toHaveLength(19);
  expect(failures.filter((error) => violatesPrimaryKey(error))).toHaveLength(0);
  expect(await notes.count()).toBe(1);
});

test('the index over several columns is told from the others', async () => {
  await notes.create({ id: 'a', key: Buffer.from('a'), title: 'title', count: 7 });
  const failure = await failureOf(notes.create({ id: 'b', key: Buffer.from('b'), title: 'title', count: 7 }));
  expect(violatesUnique(failure, uniqueIndexName('notes', ['title', 'count']))).toBe(true);
  expect(violatesUnique(failure, KEY_INDEX)).toBe(false);
});

test('the primary key is told from the indexes', async () => {
  await notes.create({ id: 'a', key: Buffer.from('a') });
  const failure = await failureOf(notes.create({ id: 'a', key: Buffer.from('b') }));
  expect(violatesPrimaryKey(failure)).toBe(true);
  expect(violatesUnique(failure, KEY_INDEX)).toBe(false);
});

test('a value that looks like the message of another violation deceives nobody', async () => {
  const title = "x' for key 'PRIMARY";
  await notes.create({ id: 'a', key: Buffer.from('a'), title, count: 7 });
  const failure = await failureOf(notes.create({ id: 'b', key: Buffer.from('b'), title, count: 7 }));
  expect(violatesPrimaryKey(failure)).toBe(false);
  expect(violatesUnique(failure, uniqueIndexName('notes', ['title', 'count']))).toBe(true);
});

test('other failures are no violations', async () => {
  const failure = await failureOf(database.sequelize.query('INSERT INTO notes (id) VALUES (NULL)'));
  expect(failure).toBeInstanceOf(Error);
  for (const error of [failure, new Error(`UNIQUE constraint failed: notes.key`), undefined, KEY_INDEX]) {
    expect(violatesUnique(error, KEY_INDEX)).toBe(false);
    expect(violatesPrimaryKey(error)).toBe(false);
  }
});

test('a name that MySQL would refuse is refused when it is made', () => {
  expect(uniqueIndexName('t', ['a', 'b'])).toBe('t_a_b_unique');
  expect(() => uniqueIndexName('t'.repeat(60), ['a'])).toThrow(RangeError);
});
