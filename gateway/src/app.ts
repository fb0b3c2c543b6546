import { ApolloServer } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { ApolloServerPluginDrainHttpServer } from '@apollo/server/plugin/drainHttpServer';
import { acceptedAnswersOnly } from '@identity/service-kit/accepted-answers';
import { createAdminServer, prepareAdmin } from '@identity/service-kit/admin-server';
import { createBackgroundTask } from '@identity/service-kit/background-task';
import { oneCredentialMutation } from '@identity/service-kit/credential-mutations';
import { systemClock, type Clock } from '@identity/service-kit/clock';
import { errorReporting } from '@identity/service-kit/error-reporting';
import { createDocumentStore } from '@identity/service-kit/document-store';
import { createDrain } from '@identity/service-kit/drain';
import { createHealth, healthRoutes } from '@identity/service-kit/health';
import { createHttpApp, finishHttpApp } from '@identity/service-kit/http-app';
import { createHttpServer, listen } from '@identity/service-kit/http-server';
import type { InProcessSubgraph } from '@identity/service-kit/in-process-calls';
import { createLibraryLog } from '@identity/service-kit/library-log';
import type { Logger } from '@identity/service-kit/logger';
import { maskError } from '@identity/service-kit/mask-errors';
import { unmeasured } from '@identity/service-kit/metrics';
import { openTracing } from '@identity/service-kit/open-tracing';
import { recordOperations } from '@identity/service-kit/operation-record';
import { traceOperations } from '@identity/service-kit/operation-spans';
import { createRequestMetrics, operationName } from '@identity/service-kit/request-metrics';
import { traceRequests } from '@identity/service-kit/request-span';
import type { VerifiedTokens } from '@identity/service-kit/verified-tokens';
import { createGatewayAuthentication } from './authorization/token-authentication.js';
import type { GatewayConfig } from './config.js';
import type { GatewayContext } from './context.js';
import { followSupergraph } from './followed-supergraph.js';
import { createGatewayMetrics } from './gateway-metrics.js';
import { createGatewayTracing, untraced } from './gateway-tracing.js';
import { createGraphqlEndpoint } from './graphql-endpoint.js';
import { heldMemoryLimits, relieveMemory } from './held-memory.js';
import { writeLongAnswersApart } from './long-answers.js';
import { continueWithinLimit } from './long-bodies.js';
import { openPersistedOperations } from './persisted-operations/persisted-operations.js';
import { noCredentialsInUrls } from './policy/credentials-in-urls.js';
import { finiteNumbers } from './policy/finite-numbers.js';
import { limitSize } from './policy/limits.js';
import { limitListLiterals } from './policy/list-items.js';
import { typenameMeansTheType } from './policy/typename-alias.js';
import { createRequestsUnderWay } from './requests-under-way.js';
import { altairRoutes, landingPage, readExamples } from './routes/explorer.js';
import { createSystemHealthCheck } from './routes/health.js';
import type { WatchedFile } from './watched-file.js';

/** The gateway as a whole. */
export interface GatewayApp {
  /**
   * Loads the supergraph and starts to listen; the subgraphs need not be there.
   *
   * @returns The base URL; the API is at `/graphql` below it.
   * @throws ConfigurationError when the supergraph is of no use or the port is taken.
   */
  start(): Promise<string>;
  /** Turns readiness red, lets clients move away, answers what is under way and stops. Safe to call more than once, and before `start`. */
  close(): Promise<void>;
  /** Takes over a changed supergraph at once; one that cannot be used is logged and leaves the last good one live. */
  reload(): Promise<void>;
}

/** What surrounds the gateway. */
export interface GatewayDependencies {
  readonly logger: Logger;
  readonly clock?: Clock;
  /** Remembers signatures, where one process has several verifiers. */
  readonly verifiedTokens?: VerifiedTokens;
  /** Subgraphs in this process, by the URLs of their GraphQL; all others are called by HTTP. */
  readonly inProcess?: ReadonlyMap<string, InProcessSubgraph>;
}

const ENDPOINT = '/graphql';

/** How long a client may pause while it reads an answer. */
const READING_MS = 5_000;

/** What slow clients add to within this time is small beside what they may. */
const RELIEF_INTERVAL_MS = 100;

/** Those that come in with their bodies, or wait to be told that there is no place. */
const WAITING_FOR_EACH_PLACE = 5;

/** Creates the gateway; nothing is read, opened or bound before it is started. */
export function createGatewayApp(
  config: GatewayConfig,
  { logger, clock = systemClock, verifiedTokens, inProcess = new Map() }: GatewayDependencies,
): GatewayApp {
  const stops: (() => Promise<void>)[] = [];
  const files: WatchedFile<unknown>[] = [];
  let sendClientsAway = (): Promise<void> => Promise.resolve();
  let closing: Promise<void> | null = null;

  async function start(): Promise<string> {
    const admin = await prepareAdmin(config.admin, 'gateway');
    const tracing = await openTracing({ settings: config.traces, trustCallers: false, logger });
    stops.push(async () => tracing?.close());
    const requests = createRequestsUnderWay();
    const metrics = createGatewayMetrics(admin?.metrics ?? unmeasured);
    metrics.requestsUnderWay(requests.underWay);
    const relief = createBackgroundTask({
      name: 'memory that is held for slow clients is bounded',
      run() {
        relieveMemory(requests.responses, heldMemoryLimits(config.bodyLimitBytes));
        return Promise.resolve();
      },
      intervalMs: RELIEF_INTERVAL_MS,
      logger,
    });
    stops.push(() => relief.stop());
    const { authenticateToken, checkKeys } = createGatewayAuthentication({
      authUrl: config.authUrl,
      ...config.tokens,
      clock,
      verifiedTokens,
      logger,
    });
    const { supergraph, federation, costs } = await followSupergraph(config, {
      authenticateToken,
      untilAnswered: requests.untilAnswered,
      inProcess,
      metrics,
      tracing: tracing === null ? untraced : createGatewayTracing(tracing),
      clock,
      logger,
    });
    const persisted = await openPersistedOperations(config.persistedOperations, {
      pollIntervalMs: config.reloadIntervalMs,
      clock,
      logger,
    });
    files.push(supergraph, ...persisted.files);
    const examples = config.sandbox || config.altair ? await readExamples() : '';
    const onAnswered = admin === null ? undefined : createRequestMetrics(admin.metrics, operationName);
    const app = createHttpApp(logger, onAnswered);
    app.set('trust proxy', config.trustedProxyHops);
    const endpoint = createGraphqlEndpoint({ config, federation, costs, requests, metrics, onAnswered, logger });
    // Spans and manifests are Apollo Server's to make and to hold operations against.
    const isPlain = tracing === null && config.persistedOperations.mode === 'off';
    const listener = isPlain ? endpoint.answerKnownQueries(app) : app;
    const httpServer = createHttpServer(listener, {
      silentMs: config.requestTimeoutMs + READING_MS,
      maxUnanswered: config.maxConcurrentRequests * WAITING_FOR_EACH_PLACE,
    });
    continueWithinLimit(httpServer, config.bodyLimitBytes);
    const drain = createDrain(httpServer, config.drainDelayMs);
    const health = createHealth(
      {
        required: {},
        optional: { supergraph: supergraph.check, signingKeys: checkKeys },
        details: () => ({ supergraph: summaryOf(supergraph) }),
      },
      logger,
    );
    const systemHealth = createSystemHealthCheck({
      gateway: health,
      subgraphs: () => supergraph.live().value.subgraphs,
      logger,
    });
    stops.push(() => systemHealth.close());
    const apollo = new ApolloServer<GatewayContext>({
      gateway: federation.gateway,
      formatError: maskError,
      introspection: config.introspection,
      hideSchemaDetailsFromClientErrors: !config.introspection,
      includeStacktraceInErrorResponses: false,
      csrfPrevention: true,
      allowBatchedHttpRequests: false,
      parseOptions: { maxLexicalTokens: config.limits.tokens },
      validationRules: [
        limitSize(config.limits),
        limitListLiterals(config.limits.listItems),
        finiteNumbers,
        typenameMeansTheType,
      ],
      documentStore: createDocumentStore(),
      persistedQueries: { cache: persisted.store },
      stopOnTerminationSignals: false,
      nodeEnv: 'production',
      plugins: [
        landingPage(config.sandbox, examples),
        ApolloServerPluginUsageReportingDisabled(),
        ApolloServerPluginSchemaReportingDisabled(),
        ApolloServerPluginInlineTraceDisabled(),
        ApolloServerPluginCacheControlDisabled(),
        ApolloServerPluginDrainHttpServer({ httpServer, stopGracePeriodMillis: config.shutdownGraceMs }),
        ...(tracing === null ? [] : [traceOperations(tracing)]),
        recordOperations<GatewayContext>(),
        ...persisted.plugins,
        ...endpoint.plugins,
        writeLongAnswersApart<GatewayContext>(),
        acceptedAnswersOnly<GatewayContext>(),
        oneCredentialMutation<GatewayContext>(),
        noCredentialsInUrls(),
        errorReporting<GatewayContext>(logger),
      ],
      logger: createLibraryLog(logger),
    });
    await apollo.start();
    stops.unshift(() => apollo.stop());
    sendClientsAway = () => {
      health.drain();
      return drain.begin();
    };
    if (admin !== null) {
      const adminServer = createAdminServer(admin, health, logger);
      stops.push(() => adminServer.stop());
      await adminServer.start();
    }
    app.use(healthRoutes(health), systemHealth.routes);
    if (config.altair) app.use(altairRoutes(ENDPOINT, examples));
    if (tracing !== null) app.all(ENDPOINT, traceRequests(tracing, ENDPOINT));
    app.all(ENDPOINT, ...endpoint.handlers(apollo));
    finishHttpApp(app, logger);
    for (const file of files) file.watch();
    relief.start();
    const url = await listen(httpServer, { host: config.host, port: config.port, portVariable: 'GATEWAY_PORT' });
    logger.info({ url }, 'listening');
    return url;
  }

  async function stop(): Promise<void> {
    await sendClientsAway();
    await Promise.all(files.map((file) => file.stop()));
    for (const step of stops) await step();
  }

  return {
    start,
    close() {
      closing ??= stop();
      return closing;
    },
    async reload() {
      await Promise.all(files.map((file) => file.reload()));
    },
  };
}

/** What operators are told of a file that is live. */
function summaryOf(file: WatchedFile<unknown>): { readonly sha256: string; readonly since: Date } {
  const { sha256, since } = file.live();
  return { sha256: sha256.slice(0, 12), since };
}
