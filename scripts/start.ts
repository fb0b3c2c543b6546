import { loadEnvironmentFiles } from '@identity/service-kit/command-line';
import { failBoot, runApplication } from '@identity/service-kit/lifecycle';
import { createLogger } from '@identity/service-kit/logger';
import { loadConfig } from './config.js';
import { checkEnvironment } from './embedded-environment.js';
import { startEmbedded, type EmbeddedStack } from './embedded.js';

try {
  loadEnvironmentFiles(process.argv.slice(2));
  checkEnvironment(process.env);
  const config = loadConfig();
  const logger = createLogger({ level: config.logLevel });
  let stack: EmbeddedStack | null = null;
  const application = {
    async start() {
      stack = await startEmbedded(config, { logger });
      process.stdout.write(welcome(stack, config.dataFolder));
    },
    async close() {
      await stack?.close();
    },
    async reload() {
      await stack?.gateway.reload();
    },
  };
  await runApplication(application, logger, config);
} catch (error) {
  failBoot(error);
}

function welcome({ gateway }: EmbeddedStack, dataFolder: string): string {
  const url = gateway.url.replace('127.0.0.1', 'localhost');
  return `
  The supergraph is running.

  GraphQL and Apollo Sandbox   ${url}/graphql
  Offline explorer             ${url}/altair
  Health of all services       ${url}/health
  Accounts, keys and profiles  ${dataFolder}

  Stop with Ctrl+C; everything is kept for the next start.

`;
}
