import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { ApolloServerPluginDrainHttpServer } from '@apollo/server/plugin/drainHttpServer';
import { expressMiddleware } from '@as-integrations/express5';
import express, { type Express, type Request, type Response } from 'express';
import type { GraphQLSchema } from 'graphql';
import { acceptedAnswersOnly } from './accepted-answers.js';
import { createAdminServer, type AdminOptions } from './admin-server.js';
import { answerText } from './answer-text.js';
import { createCallListener } from './call-listener.js';
import { oneCredentialMutation } from './credential-mutations.js';
import { createDocumentStore } from './document-store.js';
import { createDrain } from './drain.js';
import { errorReporting } from './error-reporting.js';
import type { PublicError } from './errors.js';
import { createGatewayCalls, MAX_CALL_BYTES, type Surround } from './gateway-calls.js';
import { createHealth, healthRoutes, type ReadinessChecks } from './health.js';
import { createHttpApp, finishHttpApp } from './http-app.js';
import { createHttpServer, listen, type ListenOptions } from './http-server.js';
import { createInProcessCalls, type InProcessSubgraph } from './in-process-calls.js';
import { createKnownQueryAnswers } from './known-query-answers.js';
import { createLibraryLog } from './library-log.js';
import type { Logger } from './logger.js';
import { createErrorMask } from './mask-errors.js';
import { DEFAULT_ENTITIES_PER_CALL, limitRepresentations } from './representations.js';
import { recordOperations } from './operation-record.js';
import { REQUEST_ID_HEADER } from './request-id.js';
import { requestErrors } from './request-errors.js';
import { createRequestMetrics, rootField } from './request-metrics.js';
import { recordOf } from './request-log.js';
import { traceRequests } from './request-span.js';
import { requireRouterCredential } from './router-credential.js';
import { sendByTurn } from './send-by-turn.js';
import { contextFor, type ContextOptions, type ReceivedRequest, type SubgraphRequest } from './subgraph-request.js';
import type { Tracing } from './tracing.js';

/** What a subgraph server is made from. */
export interface SubgraphServerOptions<TContext extends SubgraphRequest> extends ContextOptions<TContext> {
  readonly schema: GraphQLSchema;
  /** What a client may know of an error that is no failure of the contract, such as a database's; null for nothing. */
  readonly recognizeFailure?: (error: unknown) => PublicError | null;
  readonly listenOn: ListenOptions;
  /** The gateway's credentials; one or two of them. */
  readonly routerSecrets: readonly string[];
  /**
   * Surrounds the work on an operation, such as with a limit for the time it may take at a database. Not that on a query
   * that is known: its context has to hold whatever such a query needs.
   */
  readonly surround?: Surround;
  /** How many entities one call may ask for; 100 by default. The gateway splits its calls by a limit of its own. */
  readonly maxEntitiesPerCall?: number;
  readonly readinessChecks: ReadinessChecks;
  /** Adds routes that need no credential, such as the published keys. */
  readonly publicRoutes?: (app: Express) => void;
  /** Where there are any, Apollo Server answers everything: they may want to hear of every operation. */
  readonly plugins?: readonly ApolloServerPlugin<TContext>[];
  /** How long readiness is red before the server stops listening, in milliseconds; 0 by default. */
  readonly drainDelayMs?: number;
  /** How long requests under way may take after that, in milliseconds. */
  readonly shutdownGraceMs: number;
  /** Null to measure nothing, and to have no port for operators. */
  readonly admin?: AdminOptions | null;
  /** Null to make no spans. */
  readonly tracing?: Tracing | null;
  readonly logger: Logger;
}

/** A subgraph's HTTP server. */
export interface SubgraphServer {
  /** @returns The base URL. */
  start(): Promise<string>;
  /** Turns readiness red, lets clients move away, stops listening and answers what is under way. */
  stop(): Promise<void>;
  /** For a gateway in the same process; runs while the server listens. */
  readonly inProcess: InProcessSubgraph;
}

/** Creates the HTTP server of a subgraph: health, then the gateway's credential, then GraphQL. */
export function createSubgraphServer<TContext extends SubgraphRequest>(
  options: SubgraphServerOptions<TContext>,
): SubgraphServer {
  const { logger, listenOn, plugins = [], admin = null, tracing = null, drainDelayMs = 0 } = options;
  const { recognizeFailure = () => null, surround = (work) => work() } = options;
  limitRepresentations(options.schema, options.maxEntitiesPerCall ?? DEFAULT_ENTITIES_PER_CALL);
  const maskError = createErrorMask(recognizeFailure);
  const countKnown = admin?.metrics.counter({
    name: 'identity_subgraph_known_queries_total',
    help: 'Queries that had come before and were answered without Apollo Server.',
    labels: [],
  });
  const known = createKnownQueryAnswers<TContext>(maskError, logger, () => countKnown?.({}));
  const onAnswered = admin === null ? undefined : createRequestMetrics(admin.metrics, rootField);
  const app = createHttpApp(logger, onAnswered);
  const httpServer = createHttpServer((request, response) => {
    serve(request, response);
  });
  // Several calls of a gateway are under way on one connection.
  httpServer.on('connection', sendByTurn);
  const drain = createDrain(httpServer, drainDelayMs);
  const health = createHealth(options.readinessChecks, logger);
  const adminServer = admin === null ? null : createAdminServer(admin, health, logger);
  const apollo = new ApolloServer<TContext>({
    schema: options.schema,
    formatError: maskError,
    stringifyResult: answerText,
    introspection: true,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    persistedQueries: false,
    documentStore: createDocumentStore(),
    plugins: [
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      // It wraps the resolver of every field.
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginDrainHttpServer({ httpServer, stopGracePeriodMillis: options.shutdownGraceMs }),
      { serverWillStart: () => Promise.resolve({ drainServer: () => inProcess.close(options.shutdownGraceMs) }) },
      recordOperations<TContext>(maskError),
      requestErrors<TContext>({ showSchema: true }),
      errorReporting<TContext>(logger, maskError),
      acceptedAnswersOnly<TContext>(),
      oneCredentialMutation<TContext>(),
      known.plugin,
      ...plugins,
    ],
    logger: createLibraryLog(logger),
  });

  const answerKnown = plugins.length === 0 ? known.answer : null;
  const answerCall = createGatewayCalls({ ...options, apollo, answerKnown, surround, onAnswered, tracing });
  const serve = createCallListener(answerCall, app);
  const inProcess = createInProcessCalls(answerCall);

  return {
    inProcess,
    async start() {
      await apollo.start();
      await adminServer?.start();
      app.use(healthRoutes(health));
      options.publicRoutes?.(app);
      // Before anything is routed or read: no spelling of a path may lead past it, and no stranger's body is parsed.
      app.use(requireRouterCredential(options.routerSecrets));
      if (tracing !== null) app.use('/graphql', traceRequests(tracing, '/graphql'));
      app.use('/graphql', (_request, response, next) => {
        response.set('cache-control', 'no-store');
        next();
      });
      app.use('/graphql', express.json({ limit: MAX_CALL_BYTES }));
      app.use('/graphql', (_request, response, next) => {
        // The end of an answer comes once: whoever waits for it after that waits for ever.
        if (response.destroyed) return;
        void surround(
          () =>
            new Promise<void>((resolve) => {
              response.once('close', resolve);
              next();
            }),
        );
      });
      app.use(
        '/graphql',
        expressMiddleware(apollo, { context: ({ req, res }) => contextFor(receivedBy(req, res), options) }),
      );
      finishHttpApp(app, logger);
      const url = await listen(httpServer, listenOn);
      inProcess.open();
      logger.info({ url }, 'listening');
      return url;
    },
    async stop() {
      health.drain();
      await drain.begin();
      await apollo.stop();
      await adminServer?.stop();
    },
  };
}

function receivedBy(request: Request, response: Response): ReceivedRequest {
  return {
    requestId: request.get(REQUEST_ID_HEADER) ?? '',
    authorizations: request.headersDistinct['authorization'] ?? [],
    record: recordOf(request),
    exchange: {
      header: (name) => request.get(name),
      setHeader: (name, value) => void response.setHeader(name, value),
    },
  };
}
