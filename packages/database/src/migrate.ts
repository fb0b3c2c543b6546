import { Umzug } from 'umzug';
import type { Backend } from './backend.js';
import type { Database } from './connect.js';
import type { DatabaseLocation } from './database-url.js';
import { type Migration, type MigrationContext, MigrationRefusedError } from './migration.js';
import { type MigrationLock, acquireMigrationLock } from './migration-lock.js';
import { type MigrationStorage, createMigrationStorage } from './migration-storage.js';
import { openMysqlBackend } from './mysql-backend.js';
import { openSqliteBackend } from './sqlite-backend.js';
import { atomically } from './sqlite-atomically.js';

interface MigrationOptions {
  readonly database: Database;
  /** All migrations there have ever been, oldest first. */
  readonly migrations: readonly Migration[];
  /** Gets a line about each migration that is applied or reverted. */
  readonly log?: (message: string) => void;
}

const STATEMENT_TIMEOUT_MS = 600_000;
const BUSY_TIMEOUT_MS = 60_000;

/**
 * Applies the pending migrations, oldest first. Runs at the same time wait for each other, at most 60 s.
 *
 * @returns the names of those this run applied
 * @throws MigrationRefusedError when the database is newer than the code, or another run does not end
 * @throws Error that names the migration which failed; those before it stay applied, and the next run starts with it
 */
export async function migrate(options: MigrationOptions): Promise<string[]> {
  return await run(options, async (umzug) => (await umzug.up()).map(({ name }) => name));
}

/**
 * Reverts the applied migrations that come after `to`, newest first; `to` itself stays. `to: null` reverts all.
 *
 * @returns the names of those this run reverted
 * @throws MigrationRefusedError when `to` is not applied, the database is newer than the code, or another run does not end
 * @throws Error that names the migration which failed
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
  const lock = await acquireMigrationLock(options.database.location);
  try {
    const backend = await openBackend(options.database.location);
    try {
      const storage = createMigrationStorage(backend.sequelize);
      await storage.prepare();
      refuseUnknown(await storage.applied(), options.migrations);
      return await work(createUmzug(backend, storage, lock, options));
    } finally {
      await backend.close();
    }
  } finally {
    await lock.release();
  }
}

function createUmzug(
  { sequelize }: Backend,
  storage: MigrationStorage,
  lock: MigrationLock,
  { database: { dialect }, migrations, log }: MigrationOptions,
): Umzug<MigrationContext> {
  async function perform(message: string, change: () => Promise<void>): Promise<void> {
    lock.assertHeld();
    log?.(message);
    await (dialect === 'sqlite' ? atomically(sequelize, change) : change());
  }
  return new Umzug<MigrationContext>({
    migrations: migrations.map(({ name, up, down }) => ({
      name,
      up: ({ context }) =>
        perform(`applying ${name}`, async () => {
          await up(context);
          await storage.record(name);
        }),
      down: ({ context }) =>
        perform(`reverting ${name}`, async () => {
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

/** One connection of its own, with patience for long statements, that nobody else's statements get into. */
async function openBackend(location: DatabaseLocation): Promise<Backend> {
  return location.dialect === 'sqlite'
    ? await openSqliteBackend({ file: location.file, foreignKeys: false, busyTimeoutMs: BUSY_TIMEOUT_MS })
    : openMysqlBackend({ location, poolSize: 1, statementTimeoutMs: STATEMENT_TIMEOUT_MS });
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
