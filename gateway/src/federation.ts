import { ApolloGateway } from '@apollo/gateway';
import type { ApolloServerOptionsWithGateway } from '@apollo/server';
import type { AuthenticateToken } from '@identity/service-kit/authentication';
import { ConfigurationError } from '@identity/service-kit/environment';
import { createLibraryLog } from '@identity/service-kit/library-log';
import type { Logger } from '@identity/service-kit/logger';
import { createApolloDataSource } from './apollo-data-source.js';
import { createAuthorization } from './authorization/authorization.js';
import { disableVendorTelemetry } from './config.js';
import type { GatewayContext } from './context.js';
import { createCompiledPlans } from './execution/compiled-plans.js';
import { createExecutor } from './executor.js';
import type { GatewayMetrics } from './gateway-metrics.js';
import { createSubgraphClient, type SubgraphClient } from './subgraph-client.js';
import { createHttpTransport } from './subgraph-transport.js';
import type { Subgraph, Supergraph } from './supergraph.js';

/** The federated schema and its execution, in the form that Apollo Server takes. */
export type Federation = ApolloServerOptionsWithGateway<GatewayContext>['gateway'];

/** What a federation is made from. */
export interface FederationOptions {
  readonly supergraph: Supergraph;
  readonly routerSecret: string;
  readonly subgraphTimeoutMs: number;
  /** The subgraph that keeps refresh tokens in cookies; null when none may. */
  readonly refreshCookieSubgraph: string | null;
  /** Tells who is calling, where the supergraph demands something of the caller. */
  readonly authenticateToken: AuthenticateToken;
  /** Whether plans are compiled; otherwise Apollo's executor interprets them. */
  readonly compilePlans: boolean;
  readonly metrics: GatewayMetrics;
  readonly logger: Logger;
}

/** A cached plan is small; what grows is the number of different operations (86,000 of them took 1 GiB unbounded). */
const PLAN_CACHE_MIB = 2;

/**
 * How many ways of splitting an operation between subgraphs are compared: the number of ways multiplies with each field
 * that several subgraphs offer. With the default of 10,000 an operation of 500 fields was planned for 19 s.
 */
const MAX_EVALUATED_PLANS = 100;

/** Creates the federation of a supergraph; loading it rejects with a ConfigurationError when the schema is of no use. */
export function createFederation({
  supergraph,
  routerSecret,
  subgraphTimeoutMs,
  refreshCookieSubgraph,
  authenticateToken,
  compilePlans,
  metrics,
  logger,
}: FederationOptions): Federation {
  disableVendorTelemetry();
  const transports = new Map(
    supergraph.subgraphs.map(({ name, url }) => [
      name,
      metrics.measured(name, createHttpTransport({ url, timeoutMs: subgraphTimeoutMs })),
    ]),
  );
  const clients = new Map<string, SubgraphClient>();
  const compiledPlans = compilePlans ? metrics.measuredPlans(createCompiledPlans((name) => clients.get(name))) : null;
  const rootsByRequest = new WeakMap<object, readonly Record<string, unknown>[]>();
  const apollo = new ApolloGateway({
    supergraphSdl: supergraph.sdl,
    buildService: ({ name }: Pick<Subgraph, 'name'>) => {
      const transport = transports.get(name);
      if (transport === undefined) throw new Error(`the supergraph does not say where "${name}" is`);
      const keepsRefreshCookie = name === refreshCookieSubgraph;
      const client = createSubgraphClient({ name, routerSecret, transport, keepsRefreshCookie });
      clients.set(name, client);
      return createApolloDataSource(client, rootsByRequest);
    },
    experimental_didResolveQueryPlan(resolved) {
      metrics.planResolved(resolved.queryPlan);
      compiledPlans?.takeOver(resolved);
    },
    experimental_approximateQueryPlanStoreMiB: PLAN_CACHE_MIB,
    queryPlannerConfig: { debug: { maxEvaluatedPlans: MAX_EVALUATED_PLANS } },
    __exposeQueryPlanExperimental: false,
    validateSupergraph: true,
    logger: createLibraryLog(logger),
  });
  const authorization = createAuthorization(authenticateToken);
  apollo.onSchemaLoadOrUpdate(({ apiSchema, coreSupergraphSdl }) => {
    authorization.use(apiSchema, coreSupergraphSdl);
    compiledPlans?.use(apiSchema, coreSupergraphSdl);
  });

  return {
    async load(options) {
      try {
        const { executor } = await apollo.load(options);
        return { executor: authorization.enforce(createExecutor(executor, compiledPlans)) };
      } catch (error) {
        throw new ConfigurationError([
          `SUPERGRAPH_PATH: the supergraph cannot be used: ${error instanceof Error ? error.message : String(error)}`,
        ]);
      }
    },
    onSchemaLoadOrUpdate: (callback) => apollo.onSchemaLoadOrUpdate(callback),
    async stop() {
      await apollo.stop();
      await Promise.all([...transports.values()].map((transport) => transport.close()));
    },
  };
}
