import { connectDatabase } from '@identity/database/connect';
import { createMigrationCheck } from '@identity/database/require-migrated';
import { isUnavailable } from '@identity/database/unavailable';
import { prepareAdmin } from '@identity/service-kit/admin-server';
import { systemClock, type Clock } from '@identity/service-kit/clock';
import { measureConnections } from '@identity/service-kit/connection-metrics';
import { serviceUnavailable } from '@identity/service-kit/errors';
import type { InProcessSubgraph } from '@identity/service-kit/in-process-calls';
import type { Logger } from '@identity/service-kit/logger';
import { unmeasured } from '@identity/service-kit/metrics';
import { openTracing } from '@identity/service-kit/open-tracing';
import { closeRedisClient, createRedisClient } from '@identity/service-kit/redis-client';
import { createRemoteAuthentication } from '@identity/service-kit/remote-authentication';
import { revocationKeys, type IsRevoked } from '@identity/service-kit/revocation';
import { traceStatements } from '@identity/service-kit/statement-spans';
import { createSubgraphServer } from '@identity/service-kit/subgraph-server';
import type { VerifiedTokens } from '@identity/service-kit/verified-tokens';
import { createProfileStore } from './adapters/profile-store.js';
import type { UsersConfig } from './config.js';
import { createContext, type UseCases } from './context.js';
import { createGetProfiles } from './domain/get-profiles.js';
import { emptyProfile } from './domain/profile.js';
import { createUpdatePreferences } from './domain/update-preferences.js';
import { createUpdateProfile } from './domain/update-profile.js';
import { createWriteProfile } from './domain/write-profile.js';
import { migrations } from './migrations/all.js';
import { createSchema } from './schema.js';

/** What the app can be given from outside; everything else it makes itself. */
export interface UsersAppDeps {
  readonly logger: Logger;
  readonly clock?: Clock;
  /** How to learn of revocations in a process shared with the Auth subgraph. */
  readonly isRevoked?: IsRevoked;
  /** Shared by the verifiers of one process. */
  readonly verifiedTokens?: VerifiedTokens;
  /** Sees every SQL statement. */
  readonly onStatement?: (sql: string) => void;
}

/** The running Users subgraph. */
export interface UsersApp {
  /** @returns The base URL. */
  start(): Promise<string>;
  /** Answers what is under way, then lets go of everything; the database last. Safe to call more than once. */
  close(): Promise<void>;
  /** For a gateway in the same process. */
  readonly inProcess: InProcessSubgraph;
}

/** Puts the Users subgraph together. */
export async function createUsersApp(
  config: UsersConfig,
  { logger, clock = systemClock, ...deps }: UsersAppDeps,
): Promise<UsersApp> {
  const tracing = await openTracing({ settings: config.traces, trustCallers: true, logger });
  const database = await connectDatabase({
    url: config.databaseUrl,
    poolSize: config.databasePoolSize,
    timeoutMs: config.databaseTimeoutMs,
    ...(deps.onStatement === undefined ? {} : { onStatement: deps.onStatement }),
    observeStatement: tracing === null ? undefined : traceStatements(tracing),
  });
  const admin = await prepareAdmin(config.admin, 'users');
  measureConnections(admin?.metrics ?? unmeasured, database.usage);
  const redis = config.redisUrl === null ? null : createRedisClient(config.redisUrl, logger);

  const profiles = createProfileStore(database, { emptyProfile, sharedReads: tracing === null });
  const writeProfile = createWriteProfile(profiles, clock);
  const useCases: UseCases = {
    getProfiles: createGetProfiles(profiles),
    updateProfile: createUpdateProfile(writeProfile),
    updatePreferences: createUpdatePreferences(writeProfile),
  };

  const { authenticateToken, checkKeys } = createRemoteAuthentication({
    authUrl: config.authUrl,
    routerSecret: config.routerSecrets[0] ?? '',
    ...config.tokens,
    redis,
    isRevoked: deps.isRevoked,
    verifiedTokens: deps.verifiedTokens,
    clock,
    logger,
  });

  const server = createSubgraphServer({
    schema: createSchema(),
    recognizeFailure: (error) => (isUnavailable(error) ? serviceUnavailable('users', error) : null),
    listenOn: { host: config.host, port: config.port, portVariable: 'USERS_PORT' },
    routerSecrets: config.routerSecrets,
    authenticateToken,
    surround: database.limitTime,
    maxEntitiesPerCall: config.maxEntitiesPerCall,
    createContext: (request) => createContext(request, useCases, database.requestTime()),
    readinessChecks: {
      required: { database: database.ping, migrations: createMigrationCheck(database, migrations) },
      optional: {
        signingKeys: checkKeys,
        ...(redis === null ? {} : { redis: () => redis.exists(revocationKeys.lease) }),
      },
    },
    drainDelayMs: config.drainDelayMs,
    shutdownGraceMs: config.shutdownGraceMs,
    admin,
    tracing,
    logger,
  });

  return {
    start: server.start,
    inProcess: server.inProcess,
    async close() {
      await server.stop();
      if (redis !== null) await closeRedisClient(redis);
      await database.close();
      await tracing?.close();
    },
  };
}
