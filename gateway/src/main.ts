import { loadEnvironmentFiles } from '@identity/service-kit/command-line';
import { failBoot, runApplication } from '@identity/service-kit/lifecycle';
import { createLogger } from '@identity/service-kit/logger';
import { createGatewayApp } from './app.js';
import { loadConfig } from './config.js';

async function main(): Promise<void> {
  loadEnvironmentFiles(process.argv.slice(2));
  const config = loadConfig(process.env);
  const logger = createLogger({ service: 'gateway', level: config.logLevel });
  const app = createGatewayApp(config, { logger });
  await runApplication(
    {
      async start() {
        logger.info({ url: `${await app.start()}/graphql` }, 'the gateway is ready');
      },
      close: () => app.close(),
    },
    logger,
  );
}

main().catch(failBoot);
