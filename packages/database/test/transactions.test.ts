import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '../../../tests/harness/test-database.js';
import { connectDatabase, type Database } from '../src/connect.js';
import { createNotes, type Notes } from './notes-table.js';

let file: TestDatabase;
let database: Database;
let notes: Notes;

beforeAll(async () => {
  file = await createTestDatabase('transactions');
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

function times<T>(count: number, work: (index: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => work(index)));
}

async function addOne(id: string): Promise<void> {
  await database.transaction(async (transaction) => {
    const row = await notes.findByPk(id, { transaction, lock: true });
    await notes.update({ count: (row?.get().count ?? 0) + 1 }, { where: { id }, transaction });
  });
}

test('a hundred transactions, writes and reads at once all succeed, and none is lost', async () => {
  await notes.create({ id: 'shared', key: Buffer.from('shared') });
  const [, , reads] = await Promise.all([
    times(100, () => addOne('shared')),
    times(100, (index) => notes.create({ id: `n${String(index)}`, key: Buffer.from(`n${String(index)}`) })),
    times(100, () => notes.findAll({ where: { id: 'shared' } })),
  ]);
  expect(reads.every((rows) => rows.length === 1)).toBe(true);
  expect(await notes.count()).toBe(101);
  expect((await notes.findByPk('shared'))?.get('count')).toBe(100);
});

test('a transaction whose work fails leaves nothing behind', async () => {
  const attempt = database.transaction(async (transaction) => {
    await notes.create({ id: 'gone', key: Buffer.from('gone') }, { transaction });
    throw new Error('on purpose');
  });
  await expect(attempt).rejects.toThrow('on purpose');
  expect(await notes.count()).toBe(0);
});

test('what is not committed cannot be read from outside', async () => {
  await database.transaction(async (transaction) => {
    await notes.create({ id: 'soon', key: Buffer.from('soon') }, { transaction });
    expect(await notes.count()).toBe(0);
    expect(await notes.count({ transaction })).toBe(1);
  });
  expect(await notes.count()).toBe(1);
});

test('an UPDATE counts the rows it matched, changed or not', async () => {
  await notes.create({ id: 'same', key: Buffer.from('same'), title: 'title' });
  expect(await notes.update({ title: 'title' }, { where: { id: 'same' } })).toEqual([1]);
  expect(await notes.update({ title: 'title' }, { where: { id: 'other' } })).toEqual([0]);
});

test('transactions that take the same rows in opposite order both succeed', async () => {
  for (const id of ['a', 'b']) await notes.create({ id, key: Buffer.from(id) });
  let attempts = 0;
  let holders = 0;
  const announce: (() => void)[] = [];
  // On MySQL both hold their first row before either asks for its second; a deadlock is then certain. On SQLite the
  // second cannot begin before the first ends, so nobody waits for it.
  const bothHoldOne = new Promise<void>((resolve) => announce.push(resolve));
  const bump = ([first, second]: readonly [string, string]): Promise<void> =>
    database.transaction(async (transaction) => {
      attempts += 1;
      await notes.increment('count', { where: { id: first }, transaction });
      holders += 1;
      if (holders === 2) announce[0]?.();
      if (database.dialect === 'mysql') await bothHoldOne;
      await notes.increment('count', { where: { id: second }, transaction });
    });
  await Promise.all([bump(['a', 'b']), bump(['b', 'a'])]);
  expect((await notes.findAll()).map((row) => row.get('count'))).toEqual([2, 2]);
  expect(attempts).toBe(database.dialect === 'mysql' ? 3 : 2);
});

test('work is not repeated for failures that repeating cannot cure', async () => {
  await notes.create({ id: 'once', key: Buffer.from('once') });
  let attempts = 0;
  const attempt = database.transaction(async (transaction) => {
    attempts += 1;
    await notes.create({ id: 'once', key: Buffer.from('twice') }, { transaction });
  });
  await expect(attempt).rejects.toThrow();
  expect(attempts).toBe(1);
});

test('work is given up after five attempts', async () => {
  let attempts = 0;
  const attempt = database.transaction(() => {
    attempts += 1;
    return Promise.reject(Object.assign(new Error('deadlock'), { errno: 1213 }));
  });
  await expect(attempt).rejects.toThrow('deadlock');
  expect(attempts).toBe(5);
});

describe('closing', () => {
  test('lets the work under way finish, refuses new work, and may be repeated', async () => {
    const closing = await connectDatabase({ url: file.url });
    let proceed: () => void = () => undefined;
    const paused = new Promise<void>((resolve) => {
      proceed = resolve;
    });
    const started = new Promise<void>((resolve) => {
      void paused.then(() => resolve());
    });
    const work = closing.transaction(async (transaction) => {
      await closing.sequelize.query("INSERT INTO notes (id, `key`, count) VALUES ('late', 'late', 1)", { transaction });
      proceed();
      await started;
      await closing.sequelize.query("UPDATE notes SET count = 2 WHERE id = 'late'", { transaction });
    });
    await paused;
    const closed = closing.close();
    await expect(closing.transaction(() => Promise.resolve())).rejects.toThrow('closed');
    await Promise.all([work, closed, closing.close()]);
    expect((await notes.findByPk('late'))?.get('count')).toBe(2);
    await expect(closing.ping()).rejects.toThrow();
    await closing.close();
  });

  test('lets statements outside of transactions finish', async () => {
    const closing = await connectDatabase({ url: file.url });
    const writes = times(20, (index) =>
      closing.sequelize.query(
        `INSERT INTO notes (id, \`key\`, count) VALUES ('c${String(index)}', 'c${String(index)}', 1)`,
      ),
    );
    // The connection is theirs once the first one is through.
    await writes.catch(() => undefined);
    await closing.close();
    expect(await notes.count()).toBe(20);
  });
});

test('every statement is shown to the listener, once, without values being added', async () => {
  const statements: string[] = [];
  const observed = await connectDatabase({ url: file.url, onStatement: (sql) => statements.push(sql) });
  await observed.transaction(async (transaction) => {
    await observed.sequelize.query('SELECT count(*) FROM notes WHERE id = $1', { bind: ['secret'], transaction });
  });
  await observed.close();
  expect(statements).toHaveLength(3);
  expect(statements[1]).toMatch(/^SELECT count\(\*\) FROM notes WHERE id = /);
  expect(statements.join()).not.toContain('secret');
});

test('ping answers', async () => {
  await expect(database.ping()).resolves.toBeUndefined();
});
