import { EventEmitter, once } from 'node:events';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { administer } from '../../../tests/harness/mariadb-server.js';
import { stackName } from '../../../tests/harness/stack-name.js';
import { createTestDatabase, type TestDatabase } from '../../../tests/harness/test-database.js';
import { identifier, text } from '../src/column-types.js';
import { connectDatabase, type Database } from '../src/connect.js';
import { migrate, pendingMigrations, rollback } from '../src/migrate.js';
import { type Migration, MigrationFailedError, MigrationRefusedError } from '../src/migration.js';
import { addColumn, addIndex, createTable, dropColumn, dropIndex, dropTable } from '../src/migration-steps.js';
import { createMigrationCheck, MigrationsPendingError, requireMigrated } from '../src/require-migrated.js';

let file: TestDatabase;
let database: Database;

beforeEach(async () => {
  file = await createTestDatabase('migrate');
  database = await connectDatabase({ url: file.url });
});

afterEach(async () => {
  await database.close();
  await file.drop();
});

const people: Migration = {
  name: '0001-people',
  async up(context) {
    const { dialect } = context;
    await createTable(context, {
      name: 'people',
      columns: { id: { type: identifier(dialect), primaryKey: true }, name: { type: text(dialect, 50) } },
    });
    await addIndex(context, 'people', ['name']);
  },
  down: (context) => dropTable(context, 'people'),
};

const pets: Migration = {
  name: '0002-pets',
  async up(context) {
    const { dialect } = context;
    await createTable(context, {
      name: 'pets',
      columns: {
        id: { type: identifier(dialect), primaryKey: true },
        person_id: { type: identifier(dialect), references: { model: 'people', key: 'id' }, onDelete: 'CASCADE' },
      },
    });
    await addColumn(context, 'people', 'nickname', { type: text(dialect, 50), allowNull: true });
    await addIndex(context, 'people', ['nickname'], { unique: true });
  },
  async down(context) {
    await dropIndex(context, 'people', 'people_nickname_unique');
    await dropColumn(context, 'people', 'nickname');
    await dropTable(context, 'pets');
  },
};

const migrations = [people, pets];
const names = migrations.map(({ name }) => name);

async function tables(): Promise<string[]> {
  const found: unknown[] = await database.sequelize.getQueryInterface().showAllTables();
  return found.map(String).sort();
}

test('migrations are applied once, in their order', async () => {
  const log: string[] = [];
  expect(await pendingMigrations({ database, migrations })).toEqual(names);
  expect(await tables()).toEqual([]);
  expect(await migrate({ database, migrations, log: (line) => log.push(line) })).toEqual(names);
  expect(log).toEqual(names.map((name) => `applying ${name}`));
  expect(await tables()).toEqual(['migrations', 'people', 'pets']);
  expect(await pendingMigrations({ database, migrations })).toEqual([]);
  expect(await migrate({ database, migrations })).toEqual([]);
});

test('a service refuses a database that lacks migrations', async () => {
  await migrate({ database, migrations: [people] });
  await expect(requireMigrated(database, migrations)).rejects.toThrow(MigrationsPendingError);
  await expect(requireMigrated(database, migrations)).rejects.toThrow(pets.name);
  await expect(requireMigrated(database, [people])).resolves.toBeUndefined();
});

test('a service that runs goes on when the database becomes newer, but does not start on it', async () => {
  const check = createMigrationCheck(database, [people]);
  await expect(check()).rejects.toThrow(MigrationsPendingError);
  await migrate({ database, migrations: [people] });
  await expect(check()).resolves.toBeUndefined();
  await migrate({ database, migrations });
  await expect(check()).resolves.toBeUndefined();
  await expect(createMigrationCheck(database, [people])()).rejects.toThrow(MigrationRefusedError);
  await rollback({ database, migrations, to: null });
  await expect(check()).rejects.toThrow(MigrationsPendingError);
});

test('migrations are reverted down to the one that is named', async () => {
  await migrate({ database, migrations });
  expect(await rollback({ database, migrations, to: pets.name })).toEqual([]);
  expect(await rollback({ database, migrations, to: people.name })).toEqual([pets.name]);
  expect(await tables()).toEqual(['migrations', 'people']);
  expect(Object.keys(await database.sequelize.getQueryInterface().describeTable('people'))).toEqual(['id', 'name']);
  await expect(rollback({ database, migrations, to: pets.name })).rejects.toThrow(MigrationRefusedError);
  expect(await rollback({ database, migrations, to: null })).toEqual([people.name]);
  expect(await tables()).toEqual(['migrations']);
  expect(await migrate({ database, migrations })).toEqual(names);
});

test('a database that is newer than the code is refused', async () => {
  await migrate({ database, migrations });
  for (const attempt of [migrate, pendingMigrations]) {
    await expect(attempt({ database, migrations: [people] })).rejects.toThrow(MigrationRefusedError);
    await expect(attempt({ database, migrations: [people] })).rejects.toThrow(pets.name);
  }
  await expect(rollback({ database, migrations: [people], to: null })).rejects.toThrow(MigrationRefusedError);
  expect(await tables()).toContain('pets');
});

test('two migrations of one name are refused', async () => {
  await expect(migrate({ database, migrations: [people, people] })).rejects.toThrow(MigrationRefusedError);
});

test('two runs at once both succeed, and each migration is applied by one of them', async () => {
  for (let round = 0; round < 5; round += 1) {
    const other = await connectDatabase({ url: file.url });
    const applied = await Promise.all([migrate({ database, migrations }), migrate({ database: other, migrations })]);
    expect(applied.flat()).toEqual(names);
    await other.close();
    await rollback({ database, migrations, to: null });
  }
});

test('a migration that fails half-way is named, and repaired by the next run', async () => {
  let fails = true;
  const failing: Migration = {
    ...pets,
    async up(context) {
      await pets.up(context);
      if (fails) throw new Error('on purpose');
    },
  };
  await expect(migrate({ database, migrations: [people, failing] })).rejects.toMatchObject({
    name: 'MigrationFailedError',
    message: expect.stringContaining('0002-pets'),
    cause: { message: 'on purpose' },
  });
  expect(await pendingMigrations({ database, migrations })).toEqual([pets.name]);
  // MySQL commits every change of structure at once; SQLite takes the whole migration back.
  const leftBehind = database.dialect === 'mysql' ? ['pets'] : [];
  expect(await tables()).toEqual(['migrations', 'people', ...leftBehind]);
  fails = false;
  expect(await migrate({ database, migrations: [people, failing] })).toEqual([pets.name]);
  expect(await tables()).toEqual(['migrations', 'people', 'pets']);
});

test('what fails in the database is told with the statement, and a table of somebody else is no table of ours', async () => {
  await database.sequelize.query('CREATE TABLE pets (name INTEGER)');
  await expect(migrate({ database, migrations })).rejects.toMatchObject({
    name: 'MigrationFailedError',
    message: expect.stringContaining('0002-pets'),
    cause: { message: expect.stringContaining('pets already; it has no id, person_id') },
  });
  const indexed: Migration = {
    ...pets,
    up: async (context) => {
      await addIndex(context, 'pets', ['colour']);
    },
  };
  await expect(migrate({ database, migrations: [people, indexed] })).rejects.toThrow(
    /0002-pets.* CREATE INDEX `pets_colour_index`/,
  );
});

test('a run that finds another one at work gives up in time', async () => {
  const signals = new EventEmitter();
  const slow: Migration = {
    ...people,
    up: async (context) => {
      signals.emit('begun');
      await once(signals, 'go on');
      await people.up(context);
    },
  };
  const begun = once(signals, 'begun');
  const running = migrate({ database, migrations: [slow] });
  await begun;
  await expect(migrate({ database, migrations, lockWaitSeconds: 0 })).rejects.toThrow(MigrationRefusedError);
  signals.emit('go on');
  expect(await running).toEqual([people.name]);
});

test('every step may be repeated', async () => {
  const context = {
    sequelize: database.sequelize,
    queryInterface: database.sequelize.getQueryInterface(),
    dialect: database.dialect,
  };
  for (const step of [people.up, people.up, pets.up, pets.up, pets.down, pets.down]) await step(context);
  expect(await tables()).toEqual(['people']);
});

test('a reference that a migration breaks is refused', async () => {
  await migrate({ database, migrations });
  const orphan: Migration = {
    name: '0003-orphan',
    up: async ({ sequelize }) => {
      await sequelize.query("INSERT INTO pets (id, person_id) VALUES ('pet', 'nobody')");
    },
    down: () => Promise.resolve(),
  };
  await expect(migrate({ database, migrations: [...migrations, orphan] })).rejects.toThrow('0003-orphan');
  expect(await pendingMigrations({ database, migrations: [...migrations, orphan] })).toEqual([orphan.name]);
  expect(await database.sequelize.query('SELECT * FROM pets').then(([rows]) => rows)).toEqual([]);
});

test('a failed run leaves no lock', async () => {
  const failing: Migration = { ...people, up: () => Promise.reject(new Error('on purpose')) };
  await expect(migrate({ database, migrations: [failing] })).rejects.toThrow(MigrationFailedError);
  expect(await migrate({ database, migrations })).toEqual(names);
});

if (stackName() === 'distributed') {
  test('a run that loses its connection, and with it the lock, ends', async () => {
    const cut: Migration = {
      ...people,
      up: async (context) => {
        const [rows] = await context.sequelize.query('SELECT CONNECTION_ID() AS id');
        await administer(file.url, `KILL ${String(Reflect.get(Object(rows[0]), 'id'))}`);
        for (let repeat = 0; repeat < 100; repeat += 1) await people.up(context);
      },
    };
    const failure: unknown = await migrate({ database, migrations: [cut] }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(MigrationFailedError);
    expect(await migrate({ database, migrations })).toEqual(names);
  });
}

test('primary keys are never null', async () => {
  await migrate({ database, migrations });
  await expect(database.sequelize.query("INSERT INTO people (id, name) VALUES (NULL, 'x')")).rejects.toThrow();
});
