import { setTimeout as sleep } from 'node:timers/promises';
import { migrations as authMigrations } from '@identity/auth/migrations/all';
import { connectDatabase } from '@identity/database/connect';
import { migrate } from '@identity/database/migrate';
import { migrations as usersMigrations } from '@identity/users/migrations/all';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { runCommand } from '../harness/command.js';
import { structureOf } from '../harness/database-structure.js';
import { eventually } from '../harness/eventually.js';
import { startMigrator, type Migrator } from '../harness/migrators.js';
import { isInProcessList } from '../harness/process-list.js';
import { stackName } from '../harness/stack-name.js';
import { createTestDatabase, type TestDatabase } from '../harness/test-database.js';
import { seededRandom } from './random.js';
import { rounds } from './rounds.js';

jest.setTimeout(600_000);

const SUBGRAPHS = { auth: authMigrations, users: usersMigrations } as const;
const subgraphs = ['auth', 'users'] as const;

let migrators: readonly [Migrator, Migrator];
let databases: TestDatabase[];
/** What a database looks like that was migrated in one go. */
let intended: Readonly<Record<'auth' | 'users', unknown>>;

beforeAll(async () => {
  databases = [];
  migrators = await Promise.all([startMigrator(), startMigrator()]);
  intended = { auth: await structureAfterMigrating('auth'), users: await structureAfterMigrating('users') };
});

afterAll(async () => {
  await Promise.all(migrators.map((migrator) => migrator.kill()));
  await Promise.all(databases.map((database) => database.drop()));
});

async function emptyDatabase(): Promise<string> {
  const database = await createTestDatabase('migrators');
  databases.push(database);
  return database.url;
}

async function structureAfterMigrating(subgraph: 'auth' | 'users'): Promise<unknown> {
  const url = await emptyDatabase();
  await migrators[0].migrate(subgraph, url);
  return structureOf(url);
}

it('two processes at once both succeed, and each migration is applied by one of them', async () => {
  for (let round = 0; round < rounds.migrators; round += 1) {
    for (const subgraph of subgraphs) {
      const url = await emptyDatabase();
      const applied = await Promise.all(migrators.map((migrator) => migrator.migrate(subgraph, url)));
      expect(applied.flat()).toEqual(SUBGRAPHS[subgraph].map(({ name }) => name));
      expect(await structureOf(url)).toEqual(intended[subgraph]);
    }
  }
});

it('a process that is killed at a random moment leaves nothing that the next one does not finish', async () => {
  const random = seededRandom(`${stackName()}, migrators killed`);
  const [survivor] = migrators;
  const startedAt = performance.now();
  await survivor.migrate('auth', await emptyDatabase());
  const durationMs = performance.now() - startedAt;
  for (let round = 0; round < rounds.migratorKills; round += 1) {
    const [url, victim] = [await emptyDatabase(), await startMigrator()];
    const begun = performance.now();
    const run = victim.migrate('auth', url).catch(() => []);
    await sleep(random.next() * 2 * durationMs);
    const applied = survivor.migrate('auth', url);
    await victim.kill();
    await run;
    const afterMs = Math.round(performance.now() - begun);
    process.stderr.write(
      `${round}: killed after ${afterMs} ms, ${(await applied).length} of ${authMigrations.length} migrations were left\n`,
    );
    expect(await structureOf(url)).toEqual(intended.auth);
  }
});

if (stackName() === 'distributed') {
  it('a statement that outlives its process keeps the next one waiting', async () => {
    const url = await emptyDatabase();
    const database = await connectDatabase({ url, poolSize: 2 });
    const [first] = authMigrations;
    if (first === undefined) throw new Error('There are no migrations.');
    await migrate({ database, migrations: [first] });

    const victim = await startMigrator();
    const [next] = migrators;
    let run: Promise<unknown> | undefined;
    let applied: Promise<readonly string[]> | undefined;
    await database.sequelize.transaction(async (transaction) => {
      // A reader keeps every change of the table's structure waiting.
      await database.sequelize.query('SELECT * FROM accounts', { transaction });
      run = victim.migrate('auth', url).catch(() => null);
      await eventually('a change of structure waits', () => isInProcessList(database, '%ALTER TABLE%'));
      await victim.kill();
      applied = next.migrate('auth', url);
      await eventually('the next one waits, too', () => isInProcessList(database, '%GET_LOCK%'));
    });
    expect(await run).toBeNull();
    expect(await applied).toEqual(authMigrations.slice(1).map(({ name }) => name));
    expect(await structureOf(url)).toEqual(intended.auth);
    await database.close();
  });
}

if (stackName() === 'embedded') {
  it('the command names the migration that fails and what to do, and goes on from there', async () => {
    const url = await emptyDatabase();
    const database = await connectDatabase({ url });
    await database.sequelize.query('CREATE TABLE sessions (device VARCHAR(10))');
    const command = runCommand({ script: 'subgraphs/auth/src/migrate.ts', environment: { AUTH_DATABASE_URL: url } });
    expect(await command.exit()).toBe(1);
    expect(command.output()).toMatch(/^MigrationFailedError: The migration 0001-accounts-and-sessions has failed\./m);
    expect(command.output()).toMatch(/^caused by Error: There is another table sessions already/m);
    await database.sequelize.query('DROP TABLE sessions');
    await database.close();
    expect(await migrators[0].migrate('auth', url)).toEqual(authMigrations.map(({ name }) => name));
    expect(await structureOf(url)).toEqual(intended.auth);
  });
}
