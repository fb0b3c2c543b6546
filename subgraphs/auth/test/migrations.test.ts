import { migrations } from '@identity/auth/migrations/all';
import { connectDatabase } from '@identity/database/connect';
import { migrate, pendingMigrations, rollback } from '@identity/database/migrate';
import type { MigrationContext } from '@identity/database/migration';
import { expect, it } from '@jest/globals';
import { structureOf } from '../../../tests/harness/database-structure.js';
import { migrateWithInterruptions } from '../../../tests/harness/interruptions.js';
import { createTestDatabase } from '../../../tests/harness/test-database.js';

it('every migration can be reverted, and can be applied again where it was interrupted', async () => {
  const testDatabase = await createTestDatabase('migrations');
  const database = await connectDatabase({ url: testDatabase.url });
  const names = migrations.map(({ name }) => name);
  const { sequelize, dialect } = database;
  const context: MigrationContext = { queryInterface: sequelize.getQueryInterface(), sequelize, dialect };

  expect(await migrate({ database, migrations })).toEqual(names);
  expect(await rollback({ database, migrations, to: null })).toEqual(names.toReversed());
  expect(await pendingMigrations({ database, migrations })).toEqual(names);
  // As if the first run had ended before it was recorded.
  for (const { up } of migrations) await up(context);
  expect(await migrate({ database, migrations })).toEqual(names);

  await database.close();
  await testDatabase.drop();
});

it('a run that ends after any of its statements is finished by the next one', async () => {
  const [interrupted, inOneGo] = [await createTestDatabase('interrupted'), await createTestDatabase('in_one_go')];
  const database = await connectDatabase({ url: inOneGo.url });
  await migrate({ database, migrations });
  await database.close();

  expect(await migrateWithInterruptions(interrupted.url, migrations)).toBeGreaterThan(migrations.length);
  expect(await structureOf(interrupted.url)).toEqual(await structureOf(inOneGo.url));

  await Promise.all([interrupted.drop(), inOneGo.drop()]);
});
