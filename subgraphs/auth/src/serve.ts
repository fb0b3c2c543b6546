import { loadEnvironmentFiles } from '@identity/service-kit/command-line';
import { failBoot, runApplication } from '@identity/service-kit/lifecycle';
import { createLogger } from '@identity/service-kit/logger';
import { createAuthApp } from './app.js';
import { loadConfig } from './config.js';

try {
  loadEnvironmentFiles(process.argv.slice(2));
  const config = loadConfig();
  const logger = createLogger({ service: 'auth', level: config.logLevel });
  await runApplication(await createAuthApp(config, { logger }), logger, config);
} catch (error) {
  failBoot(error);
}
