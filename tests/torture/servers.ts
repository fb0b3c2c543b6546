import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { applyMigrations as migrateAuth } from '@identity/auth/apply-migrations';
import { createLogger } from '@identity/service-kit/logger';
import { applyMigrations as migrateUsers } from '@identity/users/apply-migrations';
import { newSecret, newSigningKey } from '../../scripts/embedded-secrets.js';
import { startMariaDb, type TestMariaDb } from '../harness/mariadb-server.js';
import { startRedis, type TestRedis } from '../harness/redis-server.js';
import { TEST_ENVIRONMENT } from '../harness/services.js';

/** What the services of the distributed stack need before they start. */
export interface Servers {
  readonly mariaDb: TestMariaDb;
  readonly redis: TestRedis;
  /** The databases, empty but for their tables. */
  readonly databaseUrls: { readonly auth: string; readonly users: string };
  /** Everything the services are told, but where they and the others are. */
  readonly environment: Readonly<Record<string, string>>;
}

// Deadlines are those that they have in use: what they cut off may still come about.
export const SETTINGS = { ...TEST_ENVIRONMENT, SUBGRAPH_TIMEOUT_MS: '', REQUEST_TIMEOUT_MS: '', LOG_LEVEL: 'error' };

/** Starts the servers; keys go into the folder. */
export async function startServers(folder: string): Promise<Servers> {
  const [mariaDb, redis] = await Promise.all([startMariaDb(), startRedis()]);
  const databaseUrls = { auth: await mariaDb.createDatabase('auth'), users: await mariaDb.createDatabase('users') };
  const logger = createLogger({ level: 'error' });
  await Promise.all([migrateAuth(databaseUrls.auth, logger), migrateUsers(databaseUrls.users, logger)]);

  const keys = join(folder, 'keys');
  await mkdir(keys, { mode: 0o700 });
  await writeFile(join(keys, 'signing.pem'), newSigningKey(), { mode: 0o600 });
  return {
    mariaDb,
    redis,
    databaseUrls,
    environment: {
      ...SETTINGS,
      AUTH_DATABASE_URL: databaseUrls.auth,
      USERS_DATABASE_URL: databaseUrls.users,
      REDIS_URL: redis.url,
      ROUTER_SECRET: newSecret(),
      PASSWORD_PEPPER: newSecret(),
      KEYS_DIR: keys,
    },
  };
}
