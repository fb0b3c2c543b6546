import { connectDatabase } from '@identity/database/connect';
import { migrate, rollback } from '@identity/database/migrate';
import { migrations } from '@identity/users/migrations/all';
import { expect, it } from '@jest/globals';
import { structureOf } from '../../../tests/harness/database-structure.js';
import { migrateWithInterruptions } from '../../../tests/harness/interruptions.js';
import { createTestDatabase } from '../../../tests/harness/test-database.js';

it('a run that ends after any of its statements is finished by the next one; every migration can be reverted', async () => {
  const [interrupted, inOneGo] = [await createTestDatabase('interrupted'), await createTestDatabase('in_one_go')];
  const database = await connectDatabase({ url: inOneGo.url });
  await migrate({ database, migrations });
  const intended = await structureOf(inOneGo.url);

  expect(await migrateWithInterruptions(interrupted.url, migrations)).toBeGreaterThan(migrations.length);
  expect(await structureOf(interrupted.url)).toEqual(intended);

  await rollback({ database, migrations, to: null });
  await migrate({ database, migrations });
  expect(await structureOf(inOneGo.url)).toEqual(intended);

  await database.close();
  await Promise.all([interrupted.drop(), inOneGo.drop()]);
});
