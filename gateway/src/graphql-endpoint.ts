import type { RequestListener } from 'node:http';
import type { ApolloServer, ApolloServerPlugin } from '@apollo/server';
import { expressMiddleware } from '@as-integrations/express5';
import { variableProblems } from '@identity/service-kit/input-problems';
import { createKnownQueries } from '@identity/service-kit/known-queries';
import type { Logger } from '@identity/service-kit/logger';
import { oneATurn } from '@identity/service-kit/one-a-turn';
import { requestErrors } from '@identity/service-kit/request-errors';
import { recordOf, type OnAnswered } from '@identity/service-kit/request-log';
import express, { type RequestHandler } from 'express';
import { createClientAddress } from './client-address.js';
import type { GatewayConfig } from './config.js';
import { createContext, type GatewayContext } from './context.js';
import { cookieModeOf } from './cookie-mode.js';
import type { FollowedSupergraph } from './followed-supergraph.js';
import type { GatewayMetrics } from './gateway-metrics.js';
import { createHandedOver } from './known-queries/handed-over.js';
import { createKnownQueryListener } from './known-queries/known-query-listener.js';
import { refuseLongBodies } from './long-bodies.js';
import { createNetworkLimit, limitNetworks } from './network-limit.js';
import { unpackBodies } from './packed-bodies.js';
import { createRequestLimits, limitRequests, type OperationWithVariables } from './policy/request-limits.js';
import { refuseDeepNesting, refuseManyLines } from './policy/request-shape.js';
import { createRequestPlaces, shedRequests } from './request-shedding.js';
import type { RequestsUnderWay } from './requests-under-way.js';
import { allowOrigins } from './routes/cors.js';

/** What answers operations: known queries by themselves, all others by Apollo Server. */
export interface GraphqlEndpoint {
  /** What Apollo Server has to keep, and to tell. */
  readonly plugins: readonly ApolloServerPlugin<GatewayContext>[];
  /** Answers known queries as soon as their headers have been read. */
  readonly answerKnownQueries: (otherwise: RequestListener) => RequestListener;
  /** Answer all that has come to them. */
  handlers(apollo: ApolloServer<GatewayContext>): readonly RequestHandler[];
}

/** What an endpoint is made from. */
export interface GraphqlEndpointOptions extends Pick<FollowedSupergraph, 'federation' | 'costs'> {
  readonly config: GatewayConfig;
  readonly requests: RequestsUnderWay;
  readonly metrics: GatewayMetrics;
  readonly onAnswered: OnAnswered | undefined;
  readonly logger: Logger;
}

/** Answers carry tokens and personal data, and the explorer at the same place a token that somebody has entered. */
const ANSWER_HEADERS = {
  vary: 'origin',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const;

/** Enough for one word a line, and as many lines that are empty or hold comments. */
const LINES_PER_TOKEN = 2;

/** By it a query plan passes entities to a subgraph; the executor fails on another of this name. */
const RESERVED_VARIABLE = 'representations';

/** Creates the endpoint; both ways through it share limits, counts, places, addresses and what has been found out of a request. */
export function createGraphqlEndpoint(options: GraphqlEndpointOptions): GraphqlEndpoint {
  const { config, federation, costs, requests, metrics, onAnswered, logger } = options;
  const { requestTimeoutMs: timeoutMs, maxAnswerBytes, bodyLimitBytes, introspection: showSchema } = config;
  const bounds = { timeoutMs, maxAnswerBytes };
  const cors = { origins: config.corsOrigins, credentials: config.refreshCookieSubgraph !== null };
  const cookieMode = { enabled: cors.credentials, origins: cors.origins };
  const clientAddressOf = createClientAddress(config.trustedProxyHops);
  const networkLimit = createNetworkLimit(config.requestsByNetwork, clientAddressOf);
  const places = createRequestPlaces(config.maxConcurrentRequests);
  const refusalOf = createRequestLimits(config.limits, costs);
  const variableRules = { showSchema, reservedVariable: RESERVED_VARIABLE };
  const queries = createKnownQueries<GatewayContext>();
  const handedOver = createHandedOver();
  const inItsTurn = oneATurn();

  function admits(operation: OperationWithVariables): boolean {
    return refusalOf(operation) === null && variableProblems({ ...operation, ...variableRules }).length === 0;
  }

  return {
    plugins: [limitRequests(refusalOf), requestErrors<GatewayContext>(variableRules), queries.plugin],
    answerKnownQueries: (otherwise) =>
      createKnownQueryListener(
        {
          queries,
          findCompiled: federation.findCompiled,
          admits,
          bodyLimitBytes,
          bounds,
          cors,
          headers: ANSWER_HEADERS,
          clientAddressOf,
          underWay: requests,
          networkLimit,
          places,
          handedOver,
          onKnown: metrics.knownQueryAnswered,
          onAnswered,
          logger,
        },
        otherwise,
      ),
    handlers: (apollo) => [
      (_request, response, next) => {
        requests.count(response);
        response.set(ANSWER_HEADERS);
        next();
      },
      allowOrigins(cors),
      ...(networkLimit === null ? [] : [limitNetworks(networkLimit, clientAddressOf, metrics.requestRateLimited)]),
      refuseLongBodies(bodyLimitBytes),
      (_request, _response, next) => {
        inItsTurn(next);
      },
      handedOver.giveBody,
      unpackBodies(bodyLimitBytes),
      express.json({ limit: bodyLimitBytes, inflate: false }),
      shedRequests(places, metrics.requestShed),
      expressMiddleware(apollo, {
        async context({ req, res }): Promise<GatewayContext> {
          refuseDeepNesting(req);
          refuseManyLines(req, config.limits.tokens * LINES_PER_TOKEN);
          const { executing, deadline } = handedOver.take(req) ?? { executing: null, deadline: null };
          return createContext(req, res, {
            record: recordOf(req),
            clientAddress: clientAddressOf(req),
            cookieMode: cookieModeOf(req, res, cookieMode),
            executing,
            // What has been handed over has had some of its time.
            timeoutMs: deadline === null ? timeoutMs : deadline - performance.now(),
            maxAnswerBytes,
          });
        },
      }),
    ],
  };
}
