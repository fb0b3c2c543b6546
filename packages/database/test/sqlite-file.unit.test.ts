import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { QueryTypes } from 'sequelize';
import type { Backend } from '../src/backend.js';
import { connectDatabase, type Database } from '../src/connect.js';
import { openSqliteBackend } from '../src/sqlite-backend.js';

let folder: string;
let file: string;
let database: Database;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'identity-sqlite-'));
  file = join(folder, 'data', 'test.sqlite');
  database = await connectDatabase({ url: `sqlite:${file}` });
  await database.sequelize.query('CREATE TABLE log (writer TEXT, number INTEGER)');
});

afterEach(async () => {
  await database.close();
  await rm(folder, { recursive: true, force: true });
});

function startWriter(name: string): ChildProcessByStdio<null, Readable, null> {
  const script = join(import.meta.dirname, 'writer-process.ts');
  const args = ['--import', 'tsx', '--conditions=identity-source', '--no-warnings', script, `sqlite:${file}`, name];
  return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
}

async function countOf(sql: string): Promise<unknown> {
  const [row] = await database.sequelize.query<{ count: unknown }>(`SELECT count(*) AS count ${sql}`, {
    type: QueryTypes.SELECT,
  });
  return row?.count;
}

test('two other processes and this one write at the same time, and nothing is lost', async () => {
  const writers = [startWriter('first'), startWriter('second')];
  const exits = writers.map((writer) => once(writer, 'exit'));
  await Promise.all(writers.map((writer) => once(writer.stdout, 'data')));
  await Promise.all(
    Array.from({ length: 50 }, (_, number) =>
      database.transaction((transaction) =>
        database.sequelize.query(`INSERT INTO log VALUES ('this', ${String(number)})`, { transaction }),
      ),
    ),
  );
  expect(await Promise.all(exits)).toEqual([
    [0, null],
    [0, null],
  ]);
  expect(await countOf('FROM log')).toBe(150);
  expect(await countOf('FROM (SELECT DISTINCT writer, number FROM log)')).toBe(150);
});

test('what was acknowledged survives the sudden death of the process', async () => {
  const writer = startWriter('endless');
  let printed = '';
  for await (const chunk of writer.stdout) {
    printed += String(chunk);
    if (printed.split('\n').length > 20) writer.kill('SIGKILL');
  }
  const acknowledged = printed.slice(0, printed.lastIndexOf('\n')).split('\n').map(Number);
  expect(acknowledged.length).toBeGreaterThanOrEqual(20);
  expect(await countOf(`FROM log WHERE number <= ${String(Math.max(...acknowledged))}`)).toBe(acknowledged.length);
  await database.sequelize.query("INSERT INTO log VALUES ('after', 1)");
});

test('the file and its folder are for their owner only', async () => {
  expect((await stat(join(folder, 'data'))).mode & 0o777).toBe(0o700);
  for (const suffix of ['', '-wal', '-shm']) expect((await stat(file + suffix)).mode & 0o777).toBe(0o600);
});

test('foreign keys are enforced', async () => {
  await database.sequelize.query('CREATE TABLE parent (id TEXT PRIMARY KEY)');
  await database.sequelize.query('CREATE TABLE child (id TEXT REFERENCES parent (id))');
  const orphan = "INSERT INTO child VALUES ('nobody')";
  await expect(database.sequelize.query(orphan)).rejects.toMatchObject({ name: 'SequelizeForeignKeyConstraintError' });
  const inTransaction = database.transaction((transaction) => database.sequelize.query(orphan, { transaction }));
  await expect(inTransaction).rejects.toMatchObject({ name: 'SequelizeForeignKeyConstraintError' });
});

test('a commit that fails gives its lock back', async () => {
  await database.sequelize.query('CREATE TABLE parent (id TEXT PRIMARY KEY)');
  await database.sequelize.query('CREATE TABLE child (id TEXT REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED)');
  const failing = database.transaction((transaction) =>
    database.sequelize.query("INSERT INTO child VALUES ('nobody')", { transaction }),
  );
  await expect(failing).rejects.toMatchObject({ name: 'SequelizeForeignKeyConstraintError' });
  expect(await countOf('FROM child')).toBe(0);
  const begun = Date.now();
  await database.sequelize.query("INSERT INTO log VALUES ('next', 1)");
  expect(Date.now() - begun).toBeLessThan(1_000);
});

async function openImpatient(): Promise<Backend> {
  return await openSqliteBackend({ file, foreignKeys: true, busyTimeoutMs: 200 });
}

test.each(['the same process', 'another driver'])('waiting for a lock of %s ends, and others go on', async (holder) => {
  const impatient = await openImpatient();
  const owner = holder === 'the same process' ? impatient : await openImpatient();
  const transaction = await owner.sequelize.transaction();
  let turns = 0;
  const ticking = setInterval(() => {
    turns += 1;
  }, 5);
  const begun = Date.now();
  const writing = impatient.sequelize.query("INSERT INTO log VALUES ('late', 1)");
  await expect(writing).rejects.toMatchObject({ name: 'SequelizeTimeoutError', parent: { code: 'SQLITE_BUSY' } });
  const waited = Date.now() - begun;
  clearInterval(ticking);
  expect(waited).toBeGreaterThanOrEqual(190);
  expect(waited).toBeLessThan(2_000);
  expect(turns).toBeGreaterThan(10);
  await transaction.rollback();
  await impatient.sequelize.query("INSERT INTO log VALUES ('on time', 1)");
  expect(await countOf('FROM log')).toBe(1);
  await Promise.all([impatient.close(), owner.close()]);
});

test('a transaction whose snapshot is old fails at once instead of waiting for what cannot come', async () => {
  const patient = await openSqliteBackend({ file, foreignKeys: true, busyTimeoutMs: 20_000 });
  await patient.sequelize.query('BEGIN DEFERRED');
  await patient.sequelize.query('SELECT * FROM log');
  await database.sequelize.query("INSERT INTO log VALUES ('between', 1)");
  const upgrading = patient.sequelize.query("INSERT INTO log VALUES ('too late', 1)");
  await expect(upgrading).rejects.toMatchObject({ parent: { code: 'SQLITE_BUSY' } });
  await patient.sequelize.query('ROLLBACK');
  await patient.close();
});

test('a long row of statements lets others in', async () => {
  let turns = 0;
  const ticking = setInterval(() => {
    turns += 1;
  }, 1);
  for (let index = 0; index < 500; index += 1) await database.sequelize.query('SELECT 1');
  clearInterval(ticking);
  expect(turns).toBeGreaterThan(3);
});

test('closing waits for a statement that waits for its lock', async () => {
  const waiting = await connectDatabase({ url: `sqlite:${file}` });
  const transaction = await database.sequelize.transaction();
  const writing = waiting.sequelize.query("INSERT INTO log VALUES ('waited', 1)");
  let isClosed = false;
  const closing = sleep(50)
    .then(() => waiting.close())
    .then(() => {
      isClosed = true;
    });
  await sleep(150);
  expect(isClosed).toBe(false);
  await transaction.rollback();
  await Promise.all([writing, closing]);
  expect(await countOf('FROM log')).toBe(1);
});
