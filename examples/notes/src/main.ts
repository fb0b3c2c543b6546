import { failBoot, runApplication } from '@identity/service-kit/lifecycle';
import { createLogger } from '@identity/service-kit/logger';
import { createNotesApp } from './app.js';
import { loadConfig } from './config.js';

try {
  const config = loadConfig();
  const logger = createLogger({ service: 'notes', level: config.logLevel });
  await runApplication(createNotesApp(config, { logger }), logger, { drainDelayMs: 0, shutdownGraceMs: 5_000 });
} catch (error) {
  failBoot(error);
}
