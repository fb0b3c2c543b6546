import { flag, integer, logLevel, nodeEnvironment, readEnvironment } from '@identity/service-kit/environment';
import type { StopTimes } from '@identity/service-kit/lifecycle';
import { z } from 'zod';

const environmentSchema = z.object({
  NODE_ENV: nodeEnvironment,
  LOG_LEVEL: logLevel.prefault('warn'),
  DATA_DIR: z.string().default('./data'),
  ALLOW_EMBEDDED_IN_PRODUCTION: flag.default(false),
  DRAIN_DELAY_MS: integer({ min: 0, max: 120_000 }).default(0),
  SHUTDOWN_GRACE_MS: integer({ min: 0, max: 120_000 }).default(10_000),
});

/** What `npm start` can be told. */
export interface EmbeddedConfig extends StopTimes {
  readonly logLevel: string;
  /** Everything that is kept goes here, and nowhere else. */
  readonly dataFolder: string;
  /** What the services themselves are told, beside what the embedded stack decides for them. */
  readonly environment: NodeJS.ProcessEnv;
}

/**
 * Reads the configuration of the embedded stack.
 *
 * @throws ConfigurationError with all problems at once; in production always, unless the stack is explicitly allowed.
 */
export function loadConfig(environment: NodeJS.ProcessEnv = process.env): EmbeddedConfig {
  const values = readEnvironment(environmentSchema, environment, productionProblems);
  return {
    logLevel: values.LOG_LEVEL,
    dataFolder: values.DATA_DIR,
    drainDelayMs: values.DRAIN_DELAY_MS,
    shutdownGraceMs: values.SHUTDOWN_GRACE_MS,
    environment,
  };
}

function productionProblems(present: Readonly<Record<string, string | undefined>>): readonly string[] {
  if (present['NODE_ENV'] !== 'production' || present['ALLOW_EMBEDDED_IN_PRODUCTION'] === 'true') return [];
  return ['NODE_ENV: the embedded stack is not for production; set ALLOW_EMBEDDED_IN_PRODUCTION=true if you mean it'];
}
