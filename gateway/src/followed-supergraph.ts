import type { AuthenticateToken } from '@identity/service-kit/authentication';
import type { Clock } from '@identity/service-kit/clock';
import type { InProcessSubgraph } from '@identity/service-kit/in-process-calls';
import type { Logger } from '@identity/service-kit/logger';
import type { GatewayConfig } from './config.js';
import { loadFederation } from './federation.js';
import type { GatewayMetrics } from './gateway-metrics.js';
import type { GatewayTracing } from './gateway-tracing.js';
import { guardTransport, WAITING_SHARE } from './guarded-transport.js';
import { boundHeavyOperations } from './heavy-operations.js';
import { createInProcessTransport } from './in-process-transport.js';
import { createLiveFederation, type LiveFederation } from './live-federation.js';
import { createOperationCosts, type OperationCosts } from './policy/operation-costs.js';
import { createHttpTransport } from './subgraph-transport.js';
import { createSubgraphTransports } from './subgraph-transports.js';
import { parseSupergraph, type Supergraph } from './supergraph.js';
import { openWatchedFile, type WatchedFile } from './watched-file.js';

/** A supergraph that is live, and is exchanged when its file changes. */
export interface FollowedSupergraph {
  readonly supergraph: WatchedFile<Supergraph>;
  readonly federation: Pick<LiveFederation, 'gateway' | 'findCompiled'>;
  /** For the schemas of the federation. */
  readonly costs: OperationCosts;
}

/** What surrounds a followed supergraph. */
export interface FollowedSupergraphOptions {
  readonly authenticateToken: AuthenticateToken;
  /** Resolves when all requests that have arrived until now have been answered. */
  readonly untilAnswered: () => Promise<void>;
  /** Subgraphs that are called without a connection, by the URLs that they have in the supergraph. */
  readonly inProcess: ReadonlyMap<string, InProcessSubgraph>;
  readonly metrics: GatewayMetrics;
  readonly tracing: GatewayTracing;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Loads the supergraph of the configuration. Everything that is known of it belongs to its schema, so that an operation
 * is validated, weighed, authorized and executed by one and the same supergraph.
 *
 * @throws ConfigurationError when it cannot be used.
 */
export async function followSupergraph(
  config: GatewayConfig,
  { authenticateToken, untilAnswered, inProcess, metrics, tracing, clock, logger }: FollowedSupergraphOptions,
): Promise<FollowedSupergraph> {
  const costs = createOperationCosts();
  const transports = createSubgraphTransports((subgraph) => {
    const { name, url } = subgraph;
    const here = inProcess.get(url);
    const carrier =
      here === undefined ? createHttpTransport(url, config.subgraphKeepAliveMs) : createInProcessTransport(here);
    const transport = guardTransport(carrier, {
      queryTimeoutMs: config.subgraphTimeoutMs,
      mutationTimeoutMs: config.subgraphMutationTimeoutMs,
      maxWaiting: config.subgraphMaxQueue,
      subgraph: name,
      logger,
    });
    return tracing.traced(subgraph, metrics.measured(name, transport));
  });
  const withinMemory = boundHeavyOperations({
    costs,
    maxCost: config.limits.cost,
    maxAnswerBytes: config.maxAnswerBytes,
    maxWaiting: config.subgraphMaxQueue,
    maxWaitMs: config.subgraphTimeoutMs * WAITING_SHARE,
    onShed: metrics.requestShed,
  });
  const federation = createLiveFederation({
    load: async (parts) =>
      withinMemory(
        await loadFederation({
          ...parts,
          routerSecret: config.routerSecret,
          refreshCookieSubgraph: config.refreshCookieSubgraph,
          maxEntitiesPerCall: config.maxEntitiesPerCall,
          compilePlans: config.compilePlans,
          authenticateToken,
          metrics,
          tracing,
          logger,
        }),
      ),
    transports,
    prepare: ({ apiSchema, coreSupergraphSdl }) => {
      costs.use(apiSchema, coreSupergraphSdl);
    },
    untilAnswered,
    logger,
  });
  const supergraph = await openWatchedFile({
    name: 'supergraph',
    path: config.supergraphPath,
    pathVariable: 'SUPERGRAPH_PATH',
    async take(sdl) {
      const parsed = parseSupergraph(sdl, config);
      await federation.use(parsed);
      return parsed;
    },
    pollIntervalMs: config.reloadIntervalMs,
    clock,
    logger,
  });
  return { supergraph, federation, costs };
}
