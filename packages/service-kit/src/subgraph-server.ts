import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { ApolloServerPluginDrainHttpServer } from '@apollo/server/plugin/drainHttpServer';
import { expressMiddleware } from '@as-integrations/express5';
import express, { type Express, type Request, type Response } from 'express';
import type { GraphQLSchema } from 'graphql';
import { createAdminServer, type AdminOptions } from './admin-server.js';
import { authenticateHeader, type AuthenticateToken, type Authentication } from './authentication.js';
import { createDocumentStore } from './document-store.js';
import { createDrain } from './drain.js';
import { errorReporting } from './error-reporting.js';
import type { PublicError } from './errors.js';
import { createHealth, healthRoutes, type ReadinessChecks } from './health.js';
import { createHttpApp, finishHttpApp } from './http-app.js';
import { createHttpServer, listen, type ListenOptions } from './http-server.js';
import { createLibraryLog } from './library-log.js';
import type { Logger } from './logger.js';
import { createErrorMask } from './mask-errors.js';
import { recordOperations } from './operation-record.js';
import { REQUEST_ID_HEADER } from './request-id.js';
import { requestErrors } from './request-errors.js';
import { createRequestMetrics, rootField } from './request-metrics.js';
import { recordOf, type RequestRecord } from './request-log.js';
import { traceRequests } from './request-span.js';
import { requireRouterCredential } from './router-credential.js';
import type { Tracing } from './tracing.js';

/** What every subgraph knows of a request; its own context adds to it. */
export interface SubgraphRequest {
  readonly requestId: string;
  readonly authentication: Authentication;
  /** The client's address as the gateway determined it. */
  readonly ipAddress: string | null;
  readonly userAgent: string | null;
  /** What the log will say of the request. */
  readonly record: RequestRecord;
}

/** The HTTP request and answer around an operation, for what GraphQL has no place for. */
export interface HttpExchange {
  /** A header of the request; undefined without it. */
  header(name: string): string | undefined;
  /** Sets a header of the answer, in place of any before. */
  setHeader(name: string, value: string): void;
}

/** What a subgraph server is made from. */
export interface SubgraphServerOptions<TContext extends SubgraphRequest> {
  readonly schema: GraphQLSchema;
  /** What a client may know of an error that is no failure of the contract, such as a database's; null for nothing. */
  readonly recognizeFailure?: (error: unknown) => PublicError | null;
  readonly listenOn: ListenOptions;
  /** The gateway's credentials; one or two of them. */
  readonly routerSecrets: readonly string[];
  readonly authenticateToken: AuthenticateToken;
  readonly createContext: (request: SubgraphRequest, exchange: HttpExchange) => TContext;
  /** Surrounds the work on an operation, such as with a limit for the time it may take at a database. */
  readonly surround?: (request: () => void) => void;
  readonly readinessChecks: ReadinessChecks;
  /** Adds routes that need no credential, such as the published keys. */
  readonly publicRoutes?: (app: Express) => void;
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
}

/** Entity representations make a gateway's request larger than any client's. */
const BODY_LIMIT = '1mb';

/** Creates the HTTP server of a subgraph: health, then the gateway's credential, then GraphQL. */
export function createSubgraphServer<TContext extends SubgraphRequest>(
  options: SubgraphServerOptions<TContext>,
): SubgraphServer {
  const { logger, listenOn, admin = null, tracing = null, drainDelayMs = 0 } = options;
  const { recognizeFailure = () => null } = options;
  const maskError = createErrorMask(recognizeFailure);
  const app = createHttpApp(logger, admin === null ? undefined : createRequestMetrics(admin.metrics, rootField));
  const httpServer = createHttpServer(app);
  const drain = createDrain(httpServer, drainDelayMs);
  const health = createHealth(options.readinessChecks, logger);
  const adminServer = admin === null ? null : createAdminServer(admin, health, logger);
  const apollo = new ApolloServer<TContext>({
    schema: options.schema,
    formatError: maskError,
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
      ApolloServerPluginDrainHttpServer({ httpServer, stopGracePeriodMillis: options.shutdownGraceMs }),
      recordOperations<TContext>(maskError),
      requestErrors<TContext>({ showSchema: true }),
      errorReporting<TContext>(logger, maskError),
      ...(options.plugins ?? []),
    ],
    logger: createLibraryLog(logger),
  });

  async function contextOf(request: Request, response: Response): Promise<TContext> {
    const record = recordOf(request);
    const authentication = await authenticationOf(request, options.authenticateToken);
    if (authentication.kind === 'authenticated') record.userId = authentication.viewer.userId;
    const subgraphRequest = {
      requestId: request.get(REQUEST_ID_HEADER) ?? '',
      authentication,
      ipAddress: request.get('x-forwarded-for') ?? null,
      userAgent: request.get('user-agent') ?? null,
      record,
    };
    return options.createContext(subgraphRequest, {
      header: (name) => request.get(name),
      setHeader: (name, value) => void response.set(name, value),
    });
  }

  return {
    async start() {
      await apollo.start();
      await adminServer?.start();
      app.use(healthRoutes(health));
      options.publicRoutes?.(app);
      // Before anything is routed or read: no spelling of a path may lead past it, and no stranger's body is parsed.
      app.use(requireRouterCredential(options.routerSecrets));
      if (tracing !== null) app.use('/graphql', traceRequests(tracing, '/graphql'));
      app.use('/graphql', express.json({ limit: BODY_LIMIT }));
      app.use('/graphql', (_request, _response, next) => {
        if (options.surround === undefined) next();
        else options.surround(next);
      });
      app.use('/graphql', expressMiddleware(apollo, { context: ({ req, res }) => contextOf(req, res) }));
      finishHttpApp(app, logger);
      const url = await listen(httpServer, listenOn);
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

async function authenticationOf(request: Request, authenticateToken: AuthenticateToken): Promise<Authentication> {
  const headers = request.headersDistinct['authorization'] ?? [];
  if (headers.length > 1) return { kind: 'refused', reason: 'TOKEN_INVALID' };
  return authenticateHeader(headers[0], authenticateToken);
}
