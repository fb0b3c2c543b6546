import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConnectionRefusedError, type Transaction } from 'sequelize';
import { startMariaDb, type TestMariaDb } from '../../../tests/harness/mariadb-server.js';
import type { Backend } from '../src/backend.js';
import { connectDatabase, type Database } from '../src/connect.js';
import { parseDatabaseUrl } from '../src/database-url.js';
import { openMysqlBackend } from '../src/mysql-backend.js';
import { isUnavailable } from '../src/unavailable.js';

describe('a MariaDB that fails', () => {
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

  test('and does not answer fails statements and transactions in time, and is used as soon as it does', async () => {
    const strict = await connectDatabase({ url: server.url('restarts'), poolSize: 4, timeoutMs: 1_000 });
    const select = (options: { transaction?: Transaction } = {}) => strict.sequelize.query('SELECT 1', options);
    const atWork = (): Promise<unknown>[] => [select(), strict.transaction((transaction) => select({ transaction }))];
    await Promise.all([...atWork(), ...atWork()]);
    server.signal('SIGSTOP');
    const failures: unknown[] = [];
    const begun = performance.now();
    for (let round = 0; round < 2; round += 1) {
      const outcomes = await Promise.allSettled([...atWork(), ...atWork(), ...atWork()]);
      failures.push(
        ...outcomes.flatMap((outcome): unknown[] => (outcome.status === 'rejected' ? [outcome.reason] : [])),
      );
    }
    // Each waits a second for a connection, or 1.2 s for an answer.
    expect(performance.now() - begun).toBeLessThan(5_000);
    expect(failures.length).toBeGreaterThan(0);
    expect(failures.filter((failure) => !isUnavailable(failure))).toEqual([]);
    server.signal('SIGCONT');
    await Promise.all(atWork());
    await strict.close();
    expect(unhandled).toEqual([]);
  });

  test('and is slow ends a request that has used up its time, before anything is committed', async () => {
    const strict = await connectDatabase({ url: server.url('restarts'), timeoutMs: 600 });
    await strict.sequelize.query('CREATE TABLE IF NOT EXISTS slow (id INT PRIMARY KEY)');
    const pause = (seconds: number, transaction?: Transaction) =>
      strict.sequelize.query(`SELECT SLEEP(${String(seconds)})`, transaction === undefined ? {} : { transaction });
    const insert = async (transaction: Transaction) => {
      await strict.sequelize.query('INSERT INTO slow VALUES (1)', { transaction });
      await pause(0.4, transaction);
    };
    const inRequest = (work: () => Promise<unknown>) => strict.limitTime(work);
    const begun = performance.now();
    const requests = [
      () => pause(0.4).then(() => pause(0.59)),
      () => pause(0.3).then(() => strict.transaction(insert)),
      () =>
        strict.transaction((transaction) =>
          insert(transaction)
            .then(() => pause(0.1, transaction))
            .then(() => pause(0.1, transaction)),
        ),
    ];
    for (const request of requests) {
      expect(isUnavailable(await inRequest(request).catch((error: unknown) => error))).toBe(true);
    }
    expect(performance.now() - begun).toBeLessThan(3_500);
    expect(await strict.sequelize.query('SELECT id FROM slow')).toMatchObject([[], []]);
    // Statements at the same time are waited for once, and nothing else counts.
    await inRequest(() => Promise.all([pause(0.3), pause(0.3), pause(0.3)]));
    await inRequest(() =>
      pause(0)
        .then(() => sleep(700))
        .then(() => pause(0)),
    );
    await strict.close();
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
