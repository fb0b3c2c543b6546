import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { QueryTypes } from 'sequelize';
import { createTestDatabase, type TestDatabase } from '../../../tests/harness/test-database.js';
import { connectDatabase, type Database } from '../src/connect.js';
import { createNotes, type NoteRow, type Notes } from './notes-table.js';

let file: TestDatabase;
let database: Database;
let notes: Notes;

const FULL: NoteRow = {
  id: 'Id-1',
  key: Buffer.from([0, 1, 0xff, 0xfe, 0x27, 0x5c]),
  title: 'O\'Brien \\ "quoted" ü 😀',
  body: JSON.stringify({ theme: 'dark', list: [1, 2.5, null], text: 'ß😀' }),
  done: true,
  count: 2 ** 53 - 1,
  createdAt: new Date('2024-02-29T23:59:59.987Z'),
};

const EMPTY: NoteRow = {
  id: 'Id-2',
  key: Buffer.alloc(0),
  title: null,
  body: null,
  done: null,
  count: -1,
  createdAt: null,
};

beforeAll(async () => {
  file = await createTestDatabase('columns');
  database = await connectDatabase({ url: file.url });
  notes = await createNotes(database);
  await notes.bulkCreate([FULL, EMPTY]);
});

afterAll(async () => {
  await database.close();
  await file.drop();
});

test('values come back as they were written', async () => {
  const rows = await notes.findAll({ order: ['id'] });
  expect(rows.map((row) => row.get({ plain: true }))).toStrictEqual([FULL, EMPTY]);
});

test('raw reads differ in booleans only', async () => {
  const rows = await notes.findAll({ order: ['id'], raw: true });
  expect(rows).toStrictEqual([{ ...FULL, done: 1 }, EMPTY]);
  const [row] = await database.sequelize.query('SELECT created_at, `key`, done FROM notes WHERE id = $1', {
    bind: [FULL.id],
    type: QueryTypes.SELECT,
  });
  expect(row).toStrictEqual({ created_at: FULL.createdAt, key: FULL.key, done: 1 });
});

test('rows are found by values of every type', async () => {
  for (const where of [
    { key: FULL.key },
    { title: FULL.title },
    { createdAt: FULL.createdAt },
    { done: true },
    { count: FULL.count },
  ]) {
    expect((await notes.findOne({ where }))?.get('id')).toBe(FULL.id);
  }
  expect(await notes.count({ where: { key: [FULL.key, EMPTY.key] } })).toBe(2);
});

test('dates can be bound, to the millisecond', async () => {
  const later = new Date('2030-01-01T00:00:00.001Z');
  const update = 'UPDATE notes SET created_at = $1 WHERE created_at = $2';
  const [, changed] = await database.sequelize.query(update, {
    bind: [later, FULL.createdAt],
    type: QueryTypes.UPDATE,
  });
  expect(changed).toBe(1);
  await notes.update({ createdAt: FULL.createdAt }, { where: { createdAt: later } });
  expect((await notes.findByPk(FULL.id))?.get('createdAt')).toStrictEqual(FULL.createdAt);
});

test('identifiers and text are case-sensitive, and accents count', async () => {
  expect(await notes.findByPk('ID-1')).toBeNull();
  await notes.create({ id: 'accent', key: Buffer.from('accent'), title: 'á' });
  expect(await notes.count({ where: { title: 'a' } })).toBe(0);
  expect(await notes.count({ where: { title: 'Á' } })).toBe(0);
  expect(await notes.count({ where: { title: 'á' } })).toBe(1);
});

test('bytes that only differ in case, accent or space are different', async () => {
  for (const [index, key] of ['b', 'B', 'b ', 'b́'].entries()) {
    await notes.create({ id: `key-${String(index)}`, key: Buffer.from(key) });
  }
  expect(await notes.count({ where: { key: Buffer.from('b') } })).toBe(1);
});

test('quotes and backslashes in a value do not change the statement', async () => {
  const titles = ["'", "\\'", '\\', "''; DROP TABLE notes; --", "\\'; DROP TABLE notes; --"];
  await notes.bulkCreate(
    titles.map((title, index) => ({ id: `q-${String(index)}`, key: Buffer.from(`q-${String(index)}`), title })),
  );
  for (const [index, title] of titles.entries()) {
    const found = await notes.findAll({ where: { title } });
    expect(found.map((row) => row.get())).toMatchObject([{ id: `q-${String(index)}`, title }]);
  }
});

test.each(['\0', "Id-1\0' OR 1=1 --", "\0'\0", "'\0"])('%j is found nowhere, and breaks nothing', async (title) => {
  expect(await notes.count({ where: { title } })).toBe(0);
  expect(await notes.findByPk(title)).toBeNull();
});

test('text with a NUL is either stored whole or refused', async () => {
  const title = 'a\0b';
  const stored = await notes.create({ id: 'nul', key: Buffer.from('nul'), title }).catch(() => null);
  const read = await notes.findByPk('nul');
  expect(read?.get('title')).toBe(stored === null ? undefined : title);
});
