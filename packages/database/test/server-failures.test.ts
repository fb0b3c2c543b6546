import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ConnectionRefusedError } from 'sequelize';
import { startMariaDb, type TestMariaDb } from '../../../tests/harness/mariadb-server.js';
import { stackName } from '../../../tests/harness/stack-name.js';
import type { Backend } from '../src/backend.js';
import { connectDatabase, type Database } from '../src/connect.js';
import { parseDatabaseUrl } from '../src/database-url.js';
import { openMysqlBackend } from '../src/mysql-backend.js';

const onServer = stackName() === 'distributed' ? describe : describe.skip;

onServer('a MariaDB that fails', () => {
  let server: TestMariaDb;
  let database: Database;
  const unhandled: unknown[] = [];
  const collect = (reason: unknown): void => {
    unhandled.push(reason);
  };

  beforeAll(async () => {
    process.on('unhandledRejection', collect);
    server = await startMariaDb();
    database = await connectDatabase({ url: await server.createDatabase('restarts'), poolSize: 5 });
  });

  afterAll(async () => {
    await database.close();
    await server.stop();
    process.off('unhandledRejection', collect);
  });

  function readAtOnce(count: number): Promise<PromiseSettledResult<unknown>[]> {
    return Promise.allSettled(Array.from({ length: count }, () => database.sequelize.query('SELECT SLEEP(0.05)')));
  }

  function openImpatient(): Backend {
    const location = parseDatabaseUrl(server.url('restarts'));
    if (location.dialect !== 'mysql') throw new Error('A server was expected.');
    return openMysqlBackend({ location, poolSize: 1, statementTimeoutMs: 500 });
  }

  test('is used again as soon as it is back', async () => {
    await readAtOnce(5);
    await server.restart();
    const [first] = await readAtOnce(1);
    const later = await readAtOnce(10);
    expect(later.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 'fulfilled'));
    expect(first?.status).toBe('fulfilled');
    expect(unhandled).toEqual([]);
  });

  test('and dies under running statements fails those only', async () => {
    const running = Promise.allSettled([
      database.sequelize.query('SELECT SLEEP(5)'),
      database.transaction((transaction) => database.sequelize.query('SELECT SLEEP(5)', { transaction })),
    ]);
    await database.ping();
    server.signal('SIGKILL');
    expect((await running).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect(database.ping()).rejects.toThrow();
    await server.restart();
    await expect(database.ping()).resolves.toBeUndefined();
    await expect(database.transaction(() => Promise.resolve('done'))).resolves.toBe('done');
    expect(unhandled).toEqual([]);
  });

  test('and does not answer makes ping fail in time', async () => {
    await database.ping();
    server.signal('SIGSTOP');
    let begun: number;
    let failure: unknown;
    // All of a server's threads take a moment to stop.
    do {
      begun = Date.now();
      failure = await database.ping().catch((error: unknown) => error);
    } while (failure === undefined);
    expect(failure).toMatchObject({ message: expect.stringContaining('in time') });
    expect(Date.now() - begun).toBeLessThan(4_000);
    server.signal('SIGCONT');
    await expect(database.ping()).resolves.toBeUndefined();
    expect(unhandled).toEqual([]);
  });

  test('and does not answer does not keep the connection from closing', async () => {
    const other = await connectDatabase({ url: server.url('restarts') });
    await other.ping();
    server.signal('SIGSTOP');
    const begun = Date.now();
    await other.close();
    expect(Date.now() - begun).toBeLessThan(10_000);
    server.signal('SIGCONT');
    expect(unhandled).toEqual([]);
  });

  test('and stays silent in the middle of a transaction ends it', async () => {
    const impatient = openImpatient();
    const work = impatient.sequelize.transaction(async (transaction) => {
      await impatient.sequelize.query('SELECT 1', { transaction });
      server.signal('SIGSTOP');
      for (;;) await impatient.sequelize.query('SELECT 2', { transaction });
    });
    await expect(work).rejects.toThrow('in time');
    server.signal('SIGCONT');
    await impatient.sequelize.query('SELECT 1');
    await impatient.close();
    expect(unhandled).toEqual([]);
  });

  test('and is down when a service starts is no obstacle', async () => {
    server.signal('SIGKILL');
    const early = await connectDatabase({ url: server.url('restarts') });
    let failure: unknown;
    do failure = await early.ping().catch((error: unknown) => error);
    while (!(failure instanceof ConnectionRefusedError));
    await server.restart();
    await expect(early.ping()).resolves.toBeUndefined();
    await early.close();
  });

  test('bounds statements', async () => {
    const impatient = openImpatient();
    await expect(impatient.sequelize.query('SELECT SLEEP(60)')).rejects.toThrow('max_statement_time');
    await impatient.close();
  });

  test('speaks UTC, utf8mb4, strictly, at READ COMMITTED', async () => {
    const [rows] = await database.sequelize.query(
      'SELECT @@time_zone AS zone, @@character_set_client AS charset, @@sql_mode AS mode, @@tx_isolation AS isolation',
    );
    expect(rows).toEqual([
      {
        zone: '+00:00',
        charset: 'utf8mb4',
        mode: expect.stringContaining('STRICT_ALL_TABLES'),
        isolation: 'READ-COMMITTED',
      },
    ]);
  });
});
