import { connectDatabase } from '@identity/database/connect';
import { migrate } from '@identity/database/migrate';
import { MigrationFailedError, type Migration, type MigrationContext } from '@identity/database/migration';
import { createTestDatabase } from './test-database.js';

/** A migration run that was cut off after one of its statements. */
class Interruption extends Error {
  override readonly name = 'Interruption';
}

const CHANGES = /^\s*(?:CREATE|ALTER|DROP|INSERT|UPDATE|DELETE)\b/i;

/**
 * Migrates a database in as many runs as there are statements that change something: each run ends right after the next
 * one, the last run ends by itself.
 *
 * @returns how many runs were cut off
 */
export async function migrateWithInterruptions(url: string, migrations: readonly Migration[]): Promise<number> {
  const changes = await changesOf(migrations);
  const database = await connectDatabase({ url });
  try {
    for (const change of changes) {
      const cut = observed(migrations, (sql) => {
        if (sql === change) throw new Interruption(sql);
      });
      const failure: unknown = await migrate({ database, migrations: cut }).catch((error: unknown) => error);
      const wasCut = failure instanceof MigrationFailedError && failure.cause instanceof Interruption;
      if (!wasCut) throw new Error(`not cut off after: ${change}`, { cause: failure });
    }
    await migrate({ database, migrations });
    return changes.length;
  } finally {
    await database.close();
  }
}

/** What the migrations send in one go, in its order; the record of each at its end has the same text for all. */
async function changesOf(migrations: readonly Migration[]): Promise<readonly string[]> {
  const { url, drop } = await createTestDatabase('changes');
  const database = await connectDatabase({ url });
  const changes: string[] = [];
  try {
    const listened = observed(migrations, (sql) => {
      if (CHANGES.test(sql)) changes.push(sql);
    });
    await migrate({ database, migrations: listened });
  } finally {
    await database.close();
    await drop();
  }
  return changes;
}

/** The same migrations, for one run; hears of every statement that was carried out from the first one's start on. */
function observed(migrations: readonly Migration[], onDone: (sql: string) => void): readonly Migration[] {
  let isObserved = false;
  return migrations.map((migration) => ({
    ...migration,
    up: (context) => {
      if (!isObserved) observe(context, onDone);
      isObserved = true;
      return migration.up(context);
    },
  }));
}

function observe({ sequelize }: MigrationContext, onDone: (sql: string) => void): void {
  const query: unknown = Reflect.get(sequelize, 'query');
  if (typeof query !== 'function') throw new TypeError('Sequelize has no query().');
  Reflect.set(sequelize, 'query', async (sql: unknown, ...rest: unknown[]): Promise<unknown> => {
    const answer: unknown = await Reflect.apply(query, sequelize, [sql, ...rest]);
    onDone(typeof sql === 'string' ? sql : String(Reflect.get(Object(sql), 'query')));
    return answer;
  });
}
