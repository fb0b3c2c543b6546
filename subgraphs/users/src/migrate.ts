import { loadEnvironmentFiles } from '@identity/service-kit/command-line';
import { failBoot } from '@identity/service-kit/lifecycle';
import { createLogger } from '@identity/service-kit/logger';
import { applyMigrations } from './apply-migrations.js';
import { loadMigrationConfig } from './config.js';

try {
  loadEnvironmentFiles(process.argv.slice(2));
  const { databaseUrl, logLevel } = loadMigrationConfig();
  await applyMigrations(databaseUrl, createLogger({ service: 'users', level: logLevel }));
} catch (error) {
  failBoot(error);
}
