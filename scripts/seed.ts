import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { applyMigrations as migrateAuth } from '@identity/auth/apply-migrations';
import { loadSeedingConfig } from '@identity/auth/config';
import { createSeedingApp as createAuthSeeding } from '@identity/auth/seeding-app';
import { CommandError, readCommandLine } from '@identity/service-kit/command-line';
import { failBoot } from '@identity/service-kit/lifecycle';
import { createLogger } from '@identity/service-kit/logger';
import { applyMigrations as migrateUsers } from '@identity/users/apply-migrations';
import { loadMigrationConfig as loadUsersConfig } from '@identity/users/config';
import { createSeedingApp as createUsersSeeding } from '@identity/users/seeding-app';
import { loadConfig } from './config.js';
import { subgraphEnvironment } from './embedded-environment.js';
import { loadOrCreateSecrets } from './embedded-secrets.js';
import { seed } from './seed-people.js';

const USAGE = `Fills both databases with invented people, for measurements:

  --users <number>   how many there are in the end; those of earlier runs count

It works on AUTH_DATABASE_URL and USERS_DATABASE_URL (--env-file=<file> sets them, and PASSWORD_PEPPER), or else on the
data of \`npm start\`. The new people share a password, which is made up and shown.`;

try {
  const { values } = readCommandLine(process.argv.slice(2), { users: { type: 'string' } });
  const total = Number(values.users);
  if (!Number.isSafeInteger(total) || total < 1 || total > 50_000_000) throw new CommandError(USAGE);
  const environment = await environmentOfDatabases();
  const authConfig = loadSeedingConfig(environment);
  const usersConfig = loadUsersConfig(environment);
  const logger = createLogger({ service: 'seed', level: 'warn' });
  await migrateAuth(authConfig.databaseUrl, logger);
  await migrateUsers(usersConfig.databaseUrl, logger);
  const auth = await createAuthSeeding(authConfig);
  const users = await createUsersSeeding(usersConfig.databaseUrl);
  try {
    const password = randomBytes(12).toString('base64url');
    const { from, to } = await seed({ auth, users, total, password, now: new Date() });
    process.stdout.write(
      from === to
        ? `There are ${String(to)} already.\n`
        : `${String(from)} to ${String(to - 1)}: password ${password}\n`,
    );
  } finally {
    await auth.close();
    await users.close();
  }
} catch (error) {
  failBoot(error);
}

/** The databases of the environment, or those of the embedded stack where it names none. */
async function environmentOfDatabases(): Promise<NodeJS.ProcessEnv> {
  const config = loadConfig({ ...process.env, ALLOW_EMBEDDED_IN_PRODUCTION: 'true' });
  if (config.environment['AUTH_DATABASE_URL'] !== undefined) return config.environment;
  const dataFolder = resolve(config.dataFolder);
  return subgraphEnvironment(config.environment, dataFolder, await loadOrCreateSecrets(dataFolder));
}
