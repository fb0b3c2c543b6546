import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DatabaseError } from 'sequelize';
import { createTestDatabase, type TestDatabase } from '../../../tests/harness/test-database.js';
import { connectDatabase, type Database } from '../src/connect.js';
import type { ObservedStatement } from '../src/statement-observer.js';
import type { TimeBudget } from '../src/time-budget.js';
import { isUnavailable } from '../src/unavailable.js';
import { createNotes, type NoteRow, type Notes } from './notes-table.js';

/** Text that would end a literal, or begin something else, where it is not escaped. */
const HOSTILE = ["'; DROP TABLE notes; --", '\\', "\\' OR 1 = 1 -- ", '?', '$1', '\0', '‘’', ''];
const COLUMNS = '`id`, `key`, title, body, done, count, created_at AS createdAt';

/** How a request is given a time for the database. */
const WAYS_TO_LIMIT: readonly {
  readonly way: string;
  run<T>(database: Database, request: (time?: TimeBudget) => Promise<T>): Promise<T>;
}[] = [
  { way: 'which is run', run: (database, request) => database.limitTime(() => request()) },
  { way: 'which hands it on', run: (database, request) => request(database.requestTime()) },
];

type ReadRow = Omit<NoteRow, 'done'> & { readonly done: number | null };

describe('a prepared read', () => {
  const statements: string[] = [];
  const observed: { readonly statement: ObservedStatement; readonly error: unknown }[] = [];
  let place: TestDatabase;
  let database: Database;
  let notes: Notes;

  beforeAll(async () => {
    place = await createTestDatabase('reads');
    database = await connectDatabase({
      url: place.url,
      timeoutMs: 2_000,
      onStatement: (sql) => statements.push(sql),
      observeStatement: (statement) => (error) => observed.push({ statement, error }),
    });
    notes = await createNotes(database);
  });

  afterAll(async () => {
    await database.close();
    await place.drop();
  });

  const byIds = () => database.prepareRead<ReadRow>(`SELECT ${COLUMNS} FROM \`notes\` WHERE id IN (?)`);
  const byKey = () => database.prepareRead<ReadRow>(`SELECT ${COLUMNS} FROM \`notes\` WHERE \`key\` = ? AND title = ?`);

  test('gives what a model gives, but for flags', async () => {
    const createdAt = new Date('2024-02-29T12:34:56.789Z');
    const row = { key: Buffer.from([0, 255, 39]), title: 'ä€𝄞', body: null, count: 2 ** 53 - 1, createdAt };
    await notes.create({ ...row, id: 'full', done: true });
    expect(await byIds()([['full']], null)).toEqual([{ ...row, id: 'full', done: 1 }]);
    expect((await notes.findByPk('full'))?.get()).toEqual({ ...row, id: 'full', done: true });
  });

  test('finds the rows of a list, of which none may be there', async () => {
    for (const id of ['a', 'b']) await notes.create({ id, key: Buffer.from(id) });
    expect((await byIds()([['a', 'b', 'c']], null)).map(({ id }) => id).sort()).toEqual(['a', 'b']);
    expect(await byIds()([['c']], null)).toEqual([]);
    expect(await byIds()([[]], null)).toEqual([]);
  });

  test.each(HOSTILE)('takes %j as the text it is', async (text) => {
    const key = Buffer.from(`hostile ${text}`);
    const title = text.replace('\0', 'nothing');
    await notes.create({ id: `hostile${String(HOSTILE.indexOf(text))}`, key, title });
    expect(await byKey()([key, title], null)).toHaveLength(1);
    expect(await byKey()([key, `${text}.`], null)).toEqual([]);
    // Ids are ASCII, and MariaDB compares them with nothing else.
    const id = text.replaceAll(/[‘’]/g, '');
    expect(await byIds()([[id]], null)).toEqual([]);
  });

  test('demands a value for each place', async () => {
    await expect(byKey()([Buffer.from('a')], null)).rejects.toThrow(RangeError);
    await expect(byIds()([['a'], 'b'], null)).rejects.toThrow(RangeError);
  });

  test('sees what its transaction has written, and nobody else does', async () => {
    await database.transaction(async (transaction) => {
      await notes.create({ id: 'unseen', key: Buffer.from('unseen') }, { transaction });
      expect(await byIds()([['unseen']], transaction)).toHaveLength(1);
      expect(await byIds()([['unseen']], null)).toEqual([]);
    });
    expect(await byIds()([['unseen']], null)).toHaveLength(1);
  });

  test('is told to no one who counts what requests ask when it is not to be', async () => {
    statements.length = 0;
    const read = database.prepareRead<ReadRow>('SELECT id FROM `notes` WHERE id = ?', { announced: false });
    await read(['a'], null);
    expect(statements).toEqual([]);
  });

  test('is told to listeners, once', async () => {
    statements.length = 0;
    observed.length = 0;
    await byIds()([['a']], null);
    expect(statements).toHaveLength(1);
    expect(statements[0]).toMatch(/^SELECT .* FROM `notes` WHERE id IN \(/);
    expect(observed).toHaveLength(1);
    expect(observed[0]).toMatchObject({
      statement: { system: database.dialect, operation: 'SELECT', table: 'notes' },
      error: undefined,
    });
  });

  test('fails as a query of Sequelize does', async () => {
    const sql = 'SELECT nothing FROM `notes` WHERE id = ?';
    const failure = (work: Promise<unknown>) => work.then(() => undefined).catch((error: unknown) => error);
    observed.length = 0;
    const ours = await failure(database.prepareRead(sql)(['a'], null));
    const [noted] = observed;
    const theirs = await failure(database.sequelize.query("SELECT nothing FROM `notes` WHERE id = 'a'"));
    expect(ours).toBeInstanceOf(DatabaseError);
    expect(ours).toMatchObject({ message: theirs instanceof Error ? theirs.message : '' });
    expect(noted?.error).toBe(ours);
    expect(await byIds()([['a']], null)).toHaveLength(1);
    expect(database.usage().waiting).toBe(0);
  });

  describe.each(WAYS_TO_LIMIT)('takes its time from the request, $way', ({ run }) => {
    test('and none is left to give after that', async () => {
      const spending = run(database, async (time) => {
        for (;;) await database.prepareRead<ReadRow>(SLOW[database.dialect])([['a']], null, time);
      });
      await expectSpent(spending);
      expect(await byIds()([['a']], null)).toHaveLength(1);
    }, 20_000);

    test('and not from that of another', async () => {
      const slow = (time?: TimeBudget) => database.prepareRead<ReadRow>(SLOW[database.dialect])([['a']], null, time);
      const requests = Array.from({ length: 3 }, () => run(database, slow));
      expect(await Promise.all(requests)).toHaveLength(3);
    }, 20_000);
  });

  test('shares the time of a request that is run when it is asked for it', async () => {
    const spending = database.limitTime(async () => {
      const time = database.requestTime();
      const read = database.prepareRead<ReadRow>(SLOW[database.dialect]);
      for (let count = 0; ; count += 1) await read([['a']], null, count % 2 === 0 ? time : undefined);
    });
    await expectSpent(spending);
  }, 20_000);

  test('uses one connection after another, and gives each back', async () => {
    const reads = Array.from({ length: 100 }, () => byIds()([['a', 'b']], null));
    expect((await Promise.all(reads)).every(({ length }) => length === 2)).toBe(true);
    const { used, waiting } = database.usage();
    expect(waiting).toBe(0);
    expect(used).toBe(database.dialect === 'mysql' ? 0 : 1);
  });

  test('is refused after the connections are closed', async () => {
    const other = await connectDatabase({ url: place.url });
    const read = other.prepareRead('SELECT id FROM `notes` WHERE id = ?');
    await read(['a'], null);
    await other.close();
    await expect(read(['a'], null)).rejects.toThrow(/closed/);
  });
});

/** Without a time that is shared it would go on; on a busy machine it may be the server that ends a statement first. */
async function expectSpent(spending: Promise<unknown>): Promise<void> {
  const failure = await spending.then(() => null).catch((error: unknown) => error);
  expect({ failure, isUnavailable: isUnavailable(failure) }).toMatchObject({ isUnavailable: true });
}

/** Takes some tenths of a second, and waits for no lock. */
const SLOW = {
  mysql: `SELECT ${COLUMNS}, SLEEP(0.3) FROM \`notes\` WHERE id IN (?)`,
  sqlite: `SELECT ${COLUMNS}, (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000)
    SELECT MAX(i) FROM n) AS slow FROM \`notes\` WHERE id IN (?)`,
};
