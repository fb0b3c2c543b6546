import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { databaseUrlProblem } from '@identity/database/database-url';
import { MAX_ACCESS_TOKEN_LIFETIME_SECONDS } from '@identity/service-kit/access-token';
import { adminListener } from '@identity/service-kit/admin-listener';
import {
  allowances,
  flag,
  host,
  integer,
  logLevel,
  nodeEnvironment,
  port,
  readEnvironment,
  rotatingSecrets,
  secret,
  url,
  type Allowance,
} from '@identity/service-kit/environment';
import type { ListenOptions } from '@identity/service-kit/http-server';
import type { StopTimes } from '@identity/service-kit/lifecycle';
import { productionRules } from '@identity/service-kit/production-rules';
import { redisUrl } from '@identity/service-kit/redis-url';
import { entityVariables } from '@identity/service-kit/representations';
import { traceSettings, traceVariables, type TraceSettings } from '@identity/service-kit/trace-settings';
import { z } from 'zod';
import type { LimitName } from './domain/rate-limit.js';
import { keyRules } from './signing-keys/key-folder-safety.js';

const DAY_SECONDS = 86_400;

const databaseUrl = z
  .string({ error: 'is needed: mysql://user:password@host/database or sqlite:./data/auth.sqlite' })
  .refine((url) => databaseUrlProblem(url) === null, { error: ({ input }) => databaseUrlProblem(String(input)) ?? '' });

/** Words of at least three letters, separated by commas. */
const words = z
  .string()
  .transform((value) => value.split(',').map((word) => word.trim().normalize('NFKC')))
  .pipe(
    z.array(z.string().regex(/^\p{L}{3,40}$/u, { error: 'must list words of 3 to 40 letters, such as acme,rocket' })),
  );

const environmentSchema = z.object({
  NODE_ENV: nodeEnvironment,
  LOG_LEVEL: logLevel,
  HOST: host.default('127.0.0.1'),
  AUTH_PORT: port.default(4001),
  ADMIN_HOST: host.default('127.0.0.1'),
  AUTH_ADMIN_PORT: port.optional(),
  AUTH_DATABASE_URL: databaseUrl,
  DATABASE_POOL_SIZE: integer({ min: 1, max: 500 }).default(10),
  DATABASE_TIMEOUT_MS: integer({ min: 100, max: 60_000 }).default(1_000),
  ...entityVariables,
  REDIS_URL: redisUrl.optional(),
  ROUTER_SECRET: rotatingSecrets,
  PASSWORD_PEPPER: secret,
  KEYS_DIR: z.string({ error: 'is needed: the folder with signing.pem' }),
  TOKEN_ISSUER: url(['http', 'https']).default('http://localhost:4000'),
  TOKEN_AUDIENCE: z.string().default('identity-supergraph'),
  ACCESS_TOKEN_TTL_SECONDS: integer({ min: 60, max: MAX_ACCESS_TOKEN_LIFETIME_SECONDS }).default(900),
  SESSION_IDLE_TTL_SECONDS: integer({ min: 300, max: 365 * DAY_SECONDS }).default(14 * DAY_SECONDS),
  SESSION_TTL_SECONDS: integer({ min: 300, max: 365 * DAY_SECONDS }).default(90 * DAY_SECONDS),
  BCRYPT_COST: integer({ min: 4, max: 16 }).default(12),
  PASSWORD_HASH_CONCURRENCY: integer({ min: 1, max: 64 }).default(Math.min(availableParallelism(), 16)),
  PASSWORD_HASH_MAX_WAIT_MS: integer({ min: 0, max: 60_000 }).default(700),
  PASSWORD_BREACH_CHECK_URL: url(['http', 'https']).optional(),
  PASSWORD_CONTEXT_WORDS: words.default([]),
  LIMIT_LOGIN_NETWORK: allowances.prefault('30/60,200/3600,1000/86400'),
  LIMIT_LOGIN_ACCOUNT_AT_NETWORK: allowances.prefault('5/60,15/900,50/86400'),
  LIMIT_LOGIN_ACCOUNT: allowances.prefault('20/60,50/3600,100/86400'),
  LIMIT_LOGIN_KNOWN_DEVICE: allowances.prefault('10/60,30/900,100/86400'),
  LIMIT_LOGIN_SUCCESS: allowances.prefault('30/60,300/86400'),
  LIMIT_REGISTER_NETWORK: allowances.prefault('10/60,60/3600,300/86400'),
  LIMIT_REFRESH_NETWORK: allowances.prefault('1200/60,200000/86400'),
  LIMIT_PASSWORD_CHECK_SESSION: allowances.prefault('10/60,30/900,100/86400'),
  ALLOW_EMBEDDED_IN_PRODUCTION: flag.default(false),
  DRAIN_DELAY_MS: integer({ min: 0, max: 120_000 }).default(0),
  SHUTDOWN_GRACE_MS: integer({ min: 0, max: 120_000 }).default(10_000),
  ...traceVariables,
});

/** Everything that the Auth subgraph can be told; times in milliseconds unless their name says otherwise. */
export interface AuthConfig extends StopTimes {
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
  /** Null for a single process that keeps revocations in memory. */
  readonly redisUrl: string | null;
  readonly routerSecrets: readonly string[];
  readonly passwordPepper: string;
  readonly keysFolder: string;
  /** Whether to refuse keys that others could read or change. */
  readonly strictKeys: boolean;
  readonly tokens: { readonly issuer: string; readonly audience: string; readonly accessLifetimeSeconds: number };
  readonly sessionLifetime: { readonly idle: number; readonly absolute: number };
  readonly passwordHashing: { readonly cost: number; readonly concurrency: number; readonly maxWait: number };
  /** Where passwords are looked up among breached ones; null to do without. */
  readonly passwordBreachCheckUrl: string | null;
  /** Words of which no password may consist. */
  readonly passwordContextWords: readonly string[];
  /** How often each may be tried. */
  readonly rateLimits: Readonly<Record<LimitName, readonly Allowance[]>>;
}

const rulesOfDatabase = productionRules({ database: 'AUTH_DATABASE_URL' });
const rulesOfService = productionRules({
  secrets: ['ROUTER_SECRET', 'PASSWORD_PEPPER'],
  database: 'AUTH_DATABASE_URL',
  redis: 'REDIS_URL',
  remotes: ['PASSWORD_BREACH_CHECK_URL'],
});

/**
 * Reads the configuration.
 *
 * @throws ConfigurationError with all problems at once.
 */
export function loadConfig(environment: NodeJS.ProcessEnv = process.env): AuthConfig {
  const values = readEnvironment(environmentSchema, environment, furtherProblems);
  return {
    host: values.HOST,
    port: values.AUTH_PORT,
    admin: adminListener(values.ADMIN_HOST, values.AUTH_ADMIN_PORT, 'AUTH_ADMIN_PORT'),
    traces: traceSettings(values, 'auth'),
    logLevel: values.LOG_LEVEL,
    databaseUrl: values.AUTH_DATABASE_URL,
    databasePoolSize: values.DATABASE_POOL_SIZE,
    databaseTimeoutMs: values.DATABASE_TIMEOUT_MS,
    maxEntitiesPerCall: values.MAX_ENTITIES_PER_CALL,
    redisUrl: values.REDIS_URL ?? null,
    routerSecrets: values.ROUTER_SECRET,
    passwordPepper: values.PASSWORD_PEPPER,
    keysFolder: values.KEYS_DIR,
    strictKeys: values.NODE_ENV === 'production',
    tokens: {
      issuer: values.TOKEN_ISSUER,
      audience: values.TOKEN_AUDIENCE,
      accessLifetimeSeconds: values.ACCESS_TOKEN_TTL_SECONDS,
    },
    sessionLifetime: { idle: values.SESSION_IDLE_TTL_SECONDS * 1_000, absolute: values.SESSION_TTL_SECONDS * 1_000 },
    passwordHashing: {
      cost: values.BCRYPT_COST,
      concurrency: values.PASSWORD_HASH_CONCURRENCY,
      maxWait: values.PASSWORD_HASH_MAX_WAIT_MS,
    },
    passwordContextWords: values.PASSWORD_CONTEXT_WORDS,
    passwordBreachCheckUrl: values.PASSWORD_BREACH_CHECK_URL ?? null,
    rateLimits: {
      loginNetwork: values.LIMIT_LOGIN_NETWORK,
      loginAccountAtNetwork: values.LIMIT_LOGIN_ACCOUNT_AT_NETWORK,
      loginAccount: values.LIMIT_LOGIN_ACCOUNT,
      loginKnownDevice: values.LIMIT_LOGIN_KNOWN_DEVICE,
      loginSuccess: values.LIMIT_LOGIN_SUCCESS,
      registerNetwork: values.LIMIT_REGISTER_NETWORK,
      refreshNetwork: values.LIMIT_REFRESH_NETWORK,
      passwordCheckSession: values.LIMIT_PASSWORD_CHECK_SESSION,
    },
    drainDelayMs: values.DRAIN_DELAY_MS,
    shutdownGraceMs: values.SHUTDOWN_GRACE_MS,
  };
}

function furtherProblems(present: Readonly<Record<string, string | undefined>>): readonly string[] {
  const tooCheap = present['NODE_ENV'] === 'production' && Number(present['BCRYPT_COST'] ?? 12) < 10;
  return [
    ...rulesOfService(present),
    ...keyRules(present),
    ...(tooCheap ? ['BCRYPT_COST: production needs at least 10'] : []),
  ];
}

/** Where the embedded stack keeps accounts. */
export function embeddedDatabaseUrl(dataFolder: string): string {
  return `sqlite:${join(dataFolder, 'auth.sqlite')}`;
}

/** Reads where administrators are kept: in the named database, or else in that of the embedded stack. @throws ConfigurationError. */
export function loadAdminConfig(environment: NodeJS.ProcessEnv = process.env): Pick<AuthConfig, 'databaseUrl'> {
  const schema = z.object({ AUTH_DATABASE_URL: z.string().optional(), DATA_DIR: z.string().default('./data') });
  const { AUTH_DATABASE_URL, DATA_DIR } = readEnvironment(schema, environment);
  return { databaseUrl: AUTH_DATABASE_URL ?? embeddedDatabaseUrl(DATA_DIR) };
}

/** Reads what the migrations need, which is less than the service does. @throws ConfigurationError. */
export function loadMigrationConfig(
  environment: NodeJS.ProcessEnv = process.env,
): Pick<AuthConfig, 'databaseUrl' | 'logLevel'> {
  const schema = environmentSchema.pick({ NODE_ENV: true, AUTH_DATABASE_URL: true, LOG_LEVEL: true });
  const values = readEnvironment(schema, environment, rulesOfDatabase);
  return { databaseUrl: values.AUTH_DATABASE_URL, logLevel: values.LOG_LEVEL };
}

/** What accounts in bulk are made from. */
export interface SeedingConfig {
  readonly databaseUrl: string;
  readonly passwordPepper: string;
  readonly bcryptCost: number;
}

/** Reads what `npm run seed` needs, which is less than the service does. @throws ConfigurationError, in production always. */
export function loadSeedingConfig(environment: NodeJS.ProcessEnv = process.env): SeedingConfig {
  const schema = environmentSchema.pick({ AUTH_DATABASE_URL: true, PASSWORD_PEPPER: true, BCRYPT_COST: true });
  const values = readEnvironment(schema, environment, ({ NODE_ENV }) =>
    NODE_ENV === 'production' ? ['NODE_ENV: invented accounts are not for production'] : [],
  );
  return {
    databaseUrl: values.AUTH_DATABASE_URL,
    passwordPepper: values.PASSWORD_PEPPER,
    bcryptCost: values.BCRYPT_COST,
  };
}

/**
 * Reads where the keys are that `npm run keys` changes: KEYS_DIR, or else where the embedded stack keeps them.
 *
 * @throws ConfigurationError.
 */
export function loadKeysConfig(environment: NodeJS.ProcessEnv = process.env): Pick<AuthConfig, 'keysFolder'> {
  const schema = z.object({ KEYS_DIR: z.string().optional(), DATA_DIR: z.string().default('./data') });
  const { KEYS_DIR, DATA_DIR } = readEnvironment(schema, environment);
  return { keysFolder: KEYS_DIR ?? embeddedKeysFolder(DATA_DIR) };
}

/** Where the embedded stack keeps its keys. */
export function embeddedKeysFolder(dataFolder: string): string {
  return join(dataFolder, 'keys');
}
