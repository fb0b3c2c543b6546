import type { Sequelize } from 'sequelize';
import { MigrationError, Umzug } from 'umzug';
import type { Database } from './connect.js';
import { type Migration, type MigrationContext, MigrationFailedError, MigrationRefusedError } from './migration.js';
import { openMigrationBackend } from './migration-backend.js';
import { type MigrationStorage, createMigrationStorage } from './migration-storage.js';
import { atomically } from './sqlite-atomically.js';

interface MigrationOptions {
  readonly database: Database;
  /** All migrations there have ever been, oldest first. */
  readonly migrations: readonly Migration[];
  /** Gets a line about each migration that is applied or reverted. */
  readonly log?: (message: string) => void;
  /** How long to wait for another run to end, in seconds; 60 by default. */
  readonly lockWaitSeconds?: number;
}

const LOCK_WAIT_SECONDS = 60;

/**
 * Applies the pending migrations, oldest first. Runs at the same time wait for each other.
 *
 * @returns the names of those this run applied
 * @throws MigrationRefusedError when the database is newer than the code, or another run does not end
 * @throws MigrationFailedError naming the migration; those before it stay applied, and the next run starts with it
 */
export async function migrate(options: MigrationOptions): Promise<string[]> {
  return await run(options, async (umzug) => (await umzug.up()).map(({ name }) => name));
}

/**
 * Reverts the applied migrations that come after `to`, newest first; `to` itself stays. `to: null` reverts all.
 *
 * @returns the names of those this run reverted
 * @throws MigrationRefusedError when `to` is not applied, the database is newer than the code, or another run does not end
 * @throws MigrationFailedError naming the migration; those after it stay reverted, and the next run starts with it
 */
export async function rollback(options: MigrationOptions & { readonly to: string | null }): Promise<string[]> {
  const { to, migrations } = options;
  return await run(options, async (umzug) => {
    const applied = (await umzug.executed()).map(({ name }) => name);
    if (to === null) return (await umzug.down({ to: 0 })).map(({ name }) => name);
    if (!applied.includes(to)) throw new MigrationRefusedError(`The migration ${to} is not applied.`);
    const kept = migrations.findIndex(({ name }) => name === to);
    const oldest = migrations.slice(kept + 1).find(({ name }) => applied.includes(name));
    if (oldest === undefined) return [];
    return (await umzug.down({ to: oldest.name })).map(({ name }) => name);
  });
}

/**
 * Names the migrations that are not applied yet. Only reads.
 *
 * @throws MigrationRefusedError when the database is newer than the code
 */
export async function pendingMigrations({ database, migrations }: MigrationOptions): Promise<string[]> {
  const applied = await createMigrationStorage(database.sequelize).applied();
  refuseUnknown(applied, migrations);
  return migrations.map(({ name }) => name).filter((name) => !applied.includes(name));
}

async function run<T>(options: MigrationOptions, work: (umzug: Umzug<MigrationContext>) => Promise<T>): Promise<T> {
  const { database, migrations, lockWaitSeconds = LOCK_WAIT_SECONDS } = options;
  const { sequelize, close } = await openMigrationBackend(database.location, lockWaitSeconds);
  try {
    const storage = createMigrationStorage(sequelize);
    await storage.prepare();
    refuseUnknown(await storage.applied(), migrations);
    return await work(createUmzug(sequelize, storage, options));
  } catch (error) {
    throw error instanceof MigrationError ? error.cause : error;
  } finally {
    await close();
  }
}

function createUmzug(
  sequelize: Sequelize,
  storage: MigrationStorage,
  { database: { dialect }, migrations, log }: MigrationOptions,
): Umzug<MigrationContext> {
  async function perform(action: string, name: string, change: () => Promise<void>): Promise<void> {
    log?.(`${action} ${name}`);
    try {
      await (dialect === 'sqlite' ? atomically(sequelize, change) : change());
    } catch (error) {
      throw new MigrationFailedError(name, error);
    }
  }
  return new Umzug<MigrationContext>({
    migrations: migrations.map(({ name, up, down }) => ({
      name,
      up: ({ context }) =>
        perform('applying', name, async () => {
          await up(context);
          await storage.record(name);
        }),
      down: ({ context }) =>
        perform('reverting', name, async () => {
          await down(context);
          await storage.forget(name);
        }),
    })),
    context: { queryInterface: sequelize.getQueryInterface(), sequelize, dialect },
    // Recording happens above, so that on SQLite it is part of the migration's own transaction.
    storage: {
      executed: () => storage.applied(),
      logMigration: () => Promise.resolve(),
      unlogMigration: () => Promise.resolve(),
    },
    logger: undefined,
  });
}

function refuseUnknown(applied: readonly string[], migrations: readonly Migration[]): void {
  const names = new Set(migrations.map(({ name }) => name));
  if (names.size !== migrations.length) throw new MigrationRefusedError('Two migrations have the same name.');
  const unknown = applied.filter((name) => !names.has(name));
  if (unknown.length === 0) return;
  throw new MigrationRefusedError(
    `The database is newer than this version of the program, which does not know: ${unknown.join(', ')}.`,
  );
}
