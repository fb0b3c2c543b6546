import { createMigrationCheck } from '@identity/database/require-migrated';
import { isUnavailable } from '@identity/database/unavailable';
import { prepareAdmin } from '@identity/service-kit/admin-server';
import { createAccessTokenVerifier, createPastAccessTokenVerifier } from '@identity/service-kit/access-token-verifier';
import { createTokenAuthentication } from '@identity/service-kit/authentication';
import { createBackgroundTask } from '@identity/service-kit/background-task';
import { systemClock, type Clock } from '@identity/service-kit/clock';
import { measureConnections } from '@identity/service-kit/connection-metrics';
import { withDeadline } from '@identity/service-kit/deadline';
import { serviceUnavailable } from '@identity/service-kit/errors';
import type { InProcessSubgraph } from '@identity/service-kit/in-process-calls';
import { keyTiming } from '@identity/service-kit/key-timing';
import type { Logger } from '@identity/service-kit/logger';
import { unmeasured } from '@identity/service-kit/metrics';
import { openTracing } from '@identity/service-kit/open-tracing';
import type { BreakerGroup } from '@identity/service-kit/redis-breaker';
import type { IsRevoked } from '@identity/service-kit/revocation';
import { traceStatements } from '@identity/service-kit/statement-spans';
import { createSubgraphServer } from '@identity/service-kit/subgraph-server';
import type { VerifiedTokens } from '@identity/service-kit/verified-tokens';
import { createAccessTokenIssuer } from './adapters/access-token-issuer.js';
import { createBreachedPasswords } from './adapters/breached-passwords.js';
import { createCommonPasswords } from './adapters/common-passwords.js';
import { connectDatabases } from './adapters/databases.js';
import { createDeviceProofs } from './adapters/device-proofs.js';
import { newTypeId } from './adapters/ids.js';
import { openKeyRing } from './adapters/key-ring.js';
import { createPasswordHasher } from './adapters/password-hasher.js';
import { createRateLimits } from './adapters/rate-limits.js';
import { createRevocations } from './adapters/revocations.js';
import { createStorage } from './adapters/storage.js';
import { createAuthMetrics } from './auth-metrics.js';
import { createBrowserCookies } from './browser-cookies.js';
import type { AuthConfig } from './config.js';
import { createContext } from './context.js';
import { createSessionUse } from './domain/note-session-use.js';
import { createRemoveOldSessions } from './domain/remove-old-sessions.js';
import { createHeldSessions } from './held-sessions.js';
import { migrations } from './migrations/all.js';
import { createSchema } from './schema.js';
import { createUseCases } from './use-cases.js';

/** What the app can be given from outside; everything else it makes itself. */
export interface AuthAppDeps {
  readonly logger: Logger;
  readonly clock?: Clock;
  /** Shared by the verifiers of one process. */
  readonly verifiedTokens?: VerifiedTokens;
  /** Sees every SQL statement that a request causes. */
  readonly onStatement?: (sql: string) => void;
}

/** The running Auth subgraph. */
export interface AuthApp {
  /** @returns The base URL. */
  start(): Promise<string>;
  /** Answers what is under way, then lets go of everything; the database last. Safe to call more than once. */
  close(): Promise<void>;
  /** For a subgraph in the same process. */
  readonly isRevoked: IsRevoked;
  /** For a gateway in the same process. */
  readonly inProcess: InProcessSubgraph;
}

/** How long stopping waits for what nobody misses, in milliseconds. */
const FLUSH_DEADLINE_MS = 2_000;

/**
 * Puts the Auth subgraph together.
 *
 * @throws ConfigurationError when the signing keys cannot be used.
 */
export async function createAuthApp(
  config: AuthConfig,
  { logger, clock = systemClock, verifiedTokens, onStatement }: AuthAppDeps,
): Promise<AuthApp> {
  const keyRing = await openKeyRing({ folder: config.keysFolder, strict: config.strictKeys, logger });
  const admin = await prepareAdmin(config.admin, 'auth');
  const meter = admin?.metrics ?? unmeasured;
  const metrics = createAuthMetrics(meter);
  const passwords = await createPasswordHasher({
    pepper: config.passwordPepper,
    ...config.passwordHashing,
    events: metrics.hashing,
  });
  metrics.watchHashing(passwords.load);
  const tracing = await openTracing({ settings: config.traces, trustCallers: true, logger });
  const observeStatement = tracing === null ? undefined : traceStatements(tracing);
  const databases = await connectDatabases(config, { onStatement, observeStatement });
  measureConnections(meter, databases.forRequests.usage);
  // In a trace everybody finds the statements of their own.
  const storage = createStorage(databases.forRequests, { sharedReads: tracing === null });
  const background = databases.inBackground === databases.forRequests ? storage : createStorage(databases.inBackground);
  const redisUsers: BreakerGroup = new Set();
  const revocations = createRevocations({
    redisUrl: config.redisUrl,
    redisUsers,
    sessions: storage.sessions,
    history: background.sessions,
    clock,
    onPublished: metrics.sessionsRevoked,
    logger,
  });

  const { limits, stop: stopLimits } = createRateLimits({
    redisUrl: config.redisUrl,
    redisUsers,
    allowed: config.rateLimits,
    secret: config.passwordPepper,
    onExceeded: metrics.limitExceeded,
    logger,
  });

  const { issuer, audience, accessLifetimeSeconds } = config.tokens;
  const accessTokens = createAccessTokenIssuer({
    signingKey: keyRing.signingKey,
    issuer,
    audience,
    lifetime: accessLifetimeSeconds,
  });
  const verifier = { findKey: keyRing.findKey, issuer, audience, clock, verifiedTokens };
  const authenticateToken = createTokenAuthentication(createAccessTokenVerifier(verifier), revocations.isRevoked);
  const deviceProofs = createDeviceProofs(config.passwordPepper, clock);
  const heldSessions = createHeldSessions({
    verifyPast: createPastAccessTokenVerifier(verifier),
    sessions: storage.sessions,
    deviceProofs,
  });

  const useCases = createUseCases({
    authenticateToken,
    storage,
    passwords,
    accessTokens,
    revocations,
    limits,
    isCommonPassword: createCommonPasswords(config.passwordContextWords),
    isBreachedPassword: createBreachedPasswords(config.passwordBreachCheckUrl, logger),
    lifetime: config.sessionLifetime,
    newId: newTypeId,
    clock,
  });
  const countedUseCases = metrics.counted(useCases);

  const sessionUse = createSessionUse(background.sessionMaintenance, clock);
  const removeOldSessions = createRemoveOldSessions(background.sessionMaintenance, clock);
  const backgroundTasks = [
    createBackgroundTask({ name: 'note session use', run: sessionUse.flush, intervalMs: 1_000, logger }),
    createBackgroundTask({ name: 'remove old sessions', run: removeOldSessions, intervalMs: 600_000, logger }),
  ];

  const server = createSubgraphServer({
    schema: createSchema(),
    recognizeFailure: (error) => (isUnavailable(error) ? serviceUnavailable('auth', error) : null),
    listenOn: { host: config.host, port: config.port, portVariable: 'AUTH_PORT' },
    routerSecrets: config.routerSecrets,
    authenticateToken,
    surround: databases.forRequests.limitTime,
    maxEntitiesPerCall: config.maxEntitiesPerCall,
    createContext(request, exchange) {
      if (request.authentication.kind === 'authenticated') sessionUse.note(request.authentication.viewer.sessionId);
      const { refreshCookie, deviceCookie } = createBrowserCookies(exchange, { deviceProofs, clock });
      const heldSessionIds = heldSessions({
        authorization: exchange.header('authorization') ?? null,
        refreshToken: refreshCookie?.presented ?? null,
        proofs: deviceCookie?.proofs ?? [],
      });
      const time = databases.forRequests.requestTime();
      return createContext(request, {
        useCases: countedUseCases,
        time,
        refreshCookie,
        deviceCookie,
        heldSessionIds,
        logger,
      });
    },
    publicRoutes: (app) => {
      app.get('/.well-known/jwks.json', (_request, response) => {
        response.set('cache-control', `public, max-age=${keyTiming.maxAgeSeconds}`).json(keyRing.published());
      });
    },
    readinessChecks: {
      required: {
        database: databases.forRequests.ping,
        migrations: createMigrationCheck(databases.forRequests, migrations),
      },
      optional: { ...revocations.checks, signingKeys: keyRing.check },
    },
    drainDelayMs: config.drainDelayMs,
    shutdownGraceMs: config.shutdownGraceMs,
    admin,
    tracing,
    logger,
  });

  return {
    isRevoked: revocations.isRevoked,
    inProcess: server.inProcess,
    async start() {
      keyRing.watch();
      revocations.start();
      const url = await server.start();
      for (const task of backgroundTasks) task.start();
      return url;
    },
    async close() {
      await server.stop();
      await keyRing.stop();
      await Promise.all(backgroundTasks.map((task) => task.stop()));
      await withDeadline(sessionUse.flush(), FLUSH_DEADLINE_MS).catch((error: unknown) => {
        logger.warn({ err: error }, 'when sessions were used last could not be written');
      });
      await revocations.stop();
      await stopLimits();
      await passwords.close();
      await databases.close();
      await tracing?.close();
    },
  };
}
