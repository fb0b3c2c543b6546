import { existsSync } from 'node:fs';
import { connectDatabase, type Database } from '@identity/database/connect';
import { parseDatabaseUrl } from '@identity/database/database-url';
import { MigrationsPendingError, requireMigrated } from '@identity/database/require-migrated';
import type { Clock } from '@identity/service-kit/clock';
import { ConfigurationError } from '@identity/service-kit/environment';
import { ConnectionError } from 'sequelize';
import { createDatabaseClock } from './adapters/database-clock.js';
import { createPatientRevocationFeed } from './adapters/patient-revocation-feed.js';
import { createStorage } from './adapters/storage.js';
import { createAdministerAccount } from './domain/administer-account.js';
import { createGetAccounts } from './domain/get-accounts.js';
import { createManageAdmins, type ManageAdmins } from './domain/manage-admins.js';
import { createSetUserRoles } from './domain/set-user-roles.js';
import { migrations } from './migrations/all.js';

/** What `npm run admin` works with: the database of the Auth subgraph, whether that is running or not. */
export interface AdminApp extends ManageAdmins {
  close(): Promise<void>;
}

/**
 * Puts together what changes administrators past the API.
 *
 * @throws ConfigurationError when there is no database to be used.
 */
export async function createAdminApp(databaseUrl: string): Promise<AdminApp> {
  refuseMissingFile(databaseUrl);
  const database = await connectDatabase({ url: databaseUrl, poolSize: 1 });
  const clock = await clockOf(database);
  const storage = createStorage(database);
  const administerAccount = createAdministerAccount({ storage, revocations: createPatientRevocationFeed(), clock });
  const admins = createManageAdmins({
    accounts: storage.accounts,
    search: storage.accountSearch,
    getAccounts: createGetAccounts(storage.accounts),
    setUserRoles: createSetUserRoles(administerAccount, clock),
  });
  return { ...admins, close: database.close };
}

/**
 * The clock to change administrators by; closes a database that cannot be used. The command may run anywhere, and services
 * look for lately ended sessions by their time: by a clock that is behind they would miss them, by one that is ahead live
 * sessions would count as expired.
 */
async function clockOf(database: Database): Promise<Clock> {
  try {
    await requireMigrated(database, migrations);
    return await createDatabaseClock(database);
  } catch (error) {
    await database.close();
    throw unusable(error);
  }
}

/** Connecting would create the file, and hide a wrong name behind an empty database. */
function refuseMissingFile(databaseUrl: string): void {
  const location = parseDatabaseUrl(databaseUrl);
  if (location.dialect === 'mysql' || existsSync(location.file)) return;
  throw new ConfigurationError([
    `AUTH_DATABASE_URL: there is no ${location.file}; start the service once, or set the variable (or DATA_DIR, for npm start)`,
  ]);
}

function unusable(error: unknown): unknown {
  if (error instanceof MigrationsPendingError)
    return new ConfigurationError([`AUTH_DATABASE_URL: run npm run migrate first: ${error.message}`]);
  if (error instanceof ConnectionError)
    return new ConfigurationError(['AUTH_DATABASE_URL: the database does not answer']);
  return error;
}
