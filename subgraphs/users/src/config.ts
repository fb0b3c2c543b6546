import { databaseUrlProblem } from '@identity/database/database-url';
import { adminListener } from '@identity/service-kit/admin-listener';
import {
  flag,
  host,
  integer,
  logLevel,
  nodeEnvironment,
  port,
  readEnvironment,
  rotatingSecrets,
  url,
} from '@identity/service-kit/environment';
import type { ListenOptions } from '@identity/service-kit/http-server';
import type { StopTimes } from '@identity/service-kit/lifecycle';
import { productionRules } from '@identity/service-kit/production-rules';
import { redisUrl } from '@identity/service-kit/redis-url';
import { entityVariables } from '@identity/service-kit/representations';
import { traceSettings, traceVariables, type TraceSettings } from '@identity/service-kit/trace-settings';
import { z } from 'zod';

const databaseUrl = z
  .string({ error: 'is needed: mysql://user:password@host/database or sqlite:./data/users.sqlite' })
  .refine((url) => databaseUrlProblem(url) === null, { error: ({ input }) => databaseUrlProblem(String(input)) ?? '' });

const environmentSchema = z.object({
  NODE_ENV: nodeEnvironment,
  LOG_LEVEL: logLevel,
  HOST: host.default('127.0.0.1'),
  USERS_PORT: port.default(4002),
  ADMIN_HOST: host.default('127.0.0.1'),
  USERS_ADMIN_PORT: port.optional(),
  USERS_DATABASE_URL: databaseUrl,
  DATABASE_POOL_SIZE: integer({ min: 1, max: 500 }).default(10),
  DATABASE_TIMEOUT_MS: integer({ min: 100, max: 60_000 }).default(1_000),
  ...entityVariables,
  REDIS_URL: redisUrl.optional(),
  ROUTER_SECRET: rotatingSecrets,
  AUTH_URL: url(['http', 'https']).default('http://localhost:4001'),
  TOKEN_ISSUER: url(['http', 'https']).default('http://localhost:4000'),
  TOKEN_AUDIENCE: z.string().default('identity-supergraph'),
  ALLOW_EMBEDDED_IN_PRODUCTION: flag.default(false),
  ALLOW_PLAIN_HTTP_JWKS: flag.default(false),
  DRAIN_DELAY_MS: integer({ min: 0, max: 120_000 }).default(0),
  SHUTDOWN_GRACE_MS: integer({ min: 0, max: 120_000 }).default(10_000),
  ...traceVariables,
});

/** Everything that the Users subgraph can be told; times in milliseconds. */
export interface UsersConfig extends StopTimes {
  readonly host: string;
  readonly port: number;
  /** Where operators see metrics and health; null for nowhere, and nothing is measured then. */
  readonly admin: ListenOptions | null;
  /** Null to make no traces. */
  readonly traces: TraceSettings | null;
  readonly logLevel: string;
  readonly databaseUrl: string;
  readonly databasePoolSize: number;
  /** How long the statements of one request may take together. */
  readonly databaseTimeoutMs: number;
  /** How many entities one call may ask for; 1 to 1,000. */
  readonly maxEntitiesPerCall: number;
  /** Null to ask the Auth subgraph about every session. */
  readonly redisUrl: string | null;
  readonly routerSecrets: readonly string[];
  /** The base URL of the Auth subgraph. */
  readonly authUrl: string;
  readonly tokens: { readonly issuer: string; readonly audience: string };
}

const rulesOfDatabase = productionRules({ database: 'USERS_DATABASE_URL' });
const rulesOfService = productionRules({
  secrets: ['ROUTER_SECRET'],
  database: 'USERS_DATABASE_URL',
  redis: 'REDIS_URL',
  keySource: 'AUTH_URL',
});

/**
 * Reads the configuration.
 *
 * @throws ConfigurationError with all problems at once.
 */
export function loadConfig(environment: NodeJS.ProcessEnv = process.env): UsersConfig {
  const values = readEnvironment(environmentSchema, environment, rulesOfService);
  return {
    host: values.HOST,
    port: values.USERS_PORT,
    admin: adminListener(values.ADMIN_HOST, values.USERS_ADMIN_PORT, 'USERS_ADMIN_PORT'),
    traces: traceSettings(values, 'users'),
    logLevel: values.LOG_LEVEL,
    databaseUrl: values.USERS_DATABASE_URL,
    databasePoolSize: values.DATABASE_POOL_SIZE,
    databaseTimeoutMs: values.DATABASE_TIMEOUT_MS,
    maxEntitiesPerCall: values.MAX_ENTITIES_PER_CALL,
    redisUrl: values.REDIS_URL ?? null,
    routerSecrets: values.ROUTER_SECRET,
    authUrl: values.AUTH_URL,
    tokens: { issuer: values.TOKEN_ISSUER, audience: values.TOKEN_AUDIENCE },
    drainDelayMs: values.DRAIN_DELAY_MS,
    shutdownGraceMs: values.SHUTDOWN_GRACE_MS,
  };
}

/** Reads what the migrations need, which is less than the service does. @throws ConfigurationError. */
export function loadMigrationConfig(
  environment: NodeJS.ProcessEnv = process.env,
): Pick<UsersConfig, 'databaseUrl' | 'logLevel'> {
  const schema = environmentSchema.pick({ NODE_ENV: true, USERS_DATABASE_URL: true, LOG_LEVEL: true });
  const values = readEnvironment(schema, environment, rulesOfDatabase);
  return { databaseUrl: values.USERS_DATABASE_URL, logLevel: values.LOG_LEVEL };
}
