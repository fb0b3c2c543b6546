import { ApolloGateway } from '@apollo/gateway';
import type { AuthenticateToken } from '@identity/service-kit/authentication';
import { ConfigurationError } from '@identity/service-kit/environment';
import { createLibraryLog } from '@identity/service-kit/library-log';
import type { Logger } from '@identity/service-kit/logger';
import type { GraphQLSchema } from 'graphql';
import { createApolloDataSource } from './apollo-data-source.js';
import { createAuthorization } from './authorization/authorization.js';
import { disableVendorTelemetry } from './config.js';
import type { Executor, OperationRequest } from './execution/apollo-types.js';
import { createCompiledPlans } from './execution/compiled-plans.js';
import { createExecution, type ExecuteFound } from './executor.js';
import type { GatewayMetrics } from './gateway-metrics.js';
import type { GatewayTracing } from './gateway-tracing.js';
import type { SubgraphTransport } from './guarded-transport.js';
import { createHeapGrowth } from './heap-growth.js';
import { createSubgraphClient, type SubgraphClient } from './subgraph-client.js';
import type { Subgraph, Supergraph } from './supergraph.js';

/** A supergraph's schema and its execution. */
export interface Federation {
  readonly schema: FederatedSchema;
  /** Executes operations that have been validated against this schema. */
  readonly execute: Executor;
  /**
   * Finds how to execute an operation whose plan is compiled and of which the caller may have everything. Null for any
   * other; nothing is executed by looking.
   */
  findCompiled(request: OperationRequest): Promise<ExecuteFound | null>;
  stop(): Promise<void>;
}

/** A schema, as what surrounds the federation has to know it. */
export interface FederatedSchema {
  /** What operations are validated against. */
  readonly apiSchema: GraphQLSchema;
  readonly coreSupergraphSdl: string;
}

/** What a federation is made from. */
export interface FederationOptions {
  readonly supergraph: Supergraph;
  /** By the names of the subgraphs. */
  readonly transports: ReadonlyMap<string, SubgraphTransport>;
  readonly routerSecret: string;
  /** The subgraph that keeps refresh tokens in cookies; null when none may. */
  readonly refreshCookieSubgraph: string | null;
  /** How many entities one call may ask a subgraph for. */
  readonly maxEntitiesPerCall: number;
  /** Tells who is calling, where the supergraph demands something of the caller. */
  readonly authenticateToken: AuthenticateToken;
  /** Whether plans are compiled; otherwise Apollo's executor interprets them. */
  readonly compilePlans: boolean;
  readonly metrics: GatewayMetrics;
  readonly tracing: GatewayTracing;
  readonly logger: Logger;
}

/** A cached plan is small; what grows is the number of different operations (86,000 of them took 1 GiB unbounded). */
const PLAN_CACHE_MIB = 2;

/**
 * How many ways of splitting an operation between subgraphs are compared: the number of ways multiplies with each field
 * that several subgraphs offer. With the default of 10,000 an operation of 500 fields was planned for 19 s.
 */
const MAX_EVALUATED_PLANS = 100;

/** Of the process, and so of every federation in it. */
const heapGrowth = createHeapGrowth();

/**
 * Loads the federation of one supergraph.
 *
 * @throws ConfigurationError when the supergraph is of no use, or when it does not tell what it demands of callers.
 */
export async function loadFederation({
  supergraph,
  transports,
  routerSecret,
  refreshCookieSubgraph,
  maxEntitiesPerCall,
  authenticateToken,
  compilePlans,
  metrics,
  tracing,
  logger,
}: FederationOptions): Promise<Federation> {
  disableVendorTelemetry();
  const clients = new Map<string, SubgraphClient>();
  const compiledPlans = compilePlans ? createCompiledPlans((name) => clients.get(name), heapGrowth.planned) : null;
  const rootsByRequest = new WeakMap<object, readonly Record<string, unknown>[]>();
  const apollo = new ApolloGateway({
    supergraphSdl: supergraph.sdl,
    buildService: ({ name }: Pick<Subgraph, 'name'>) => {
      const transport = transports.get(name);
      if (transport === undefined) throw new Error(`the supergraph does not say where "${name}" is`);
      const keepsRefreshCookie = name === refreshCookieSubgraph;
      const client = createSubgraphClient({
        name,
        routerSecret,
        transport,
        keepsRefreshCookie,
        maxEntitiesPerCall,
      });
      clients.set(name, client);
      return createApolloDataSource(client, rootsByRequest);
    },
    experimental_didResolveQueryPlan(resolved) {
      metrics.planResolved(resolved.queryPlan);
      tracing.planResolved(resolved.requestContext);
      compiledPlans?.takeOver(resolved);
    },
    experimental_approximateQueryPlanStoreMiB: PLAN_CACHE_MIB,
    queryPlannerConfig: { debug: { maxEvaluatedPlans: MAX_EVALUATED_PLANS } },
    __exposeQueryPlanExperimental: false,
    validateSupergraph: true,
    logger: createLibraryLog(logger),
  });
  const authorization = createAuthorization(authenticateToken);
  let schema: FederatedSchema | null = null;
  // Apollo ignores the failures of those who listen, so nothing that can fail happens here.
  apollo.onSchemaLoadOrUpdate((loaded) => {
    schema = loaded;
  });
  try {
    const { executor } = await apollo.load();
    const { apiSchema, coreSupergraphSdl } = demandSchema(schema);
    authorization.use(apiSchema, coreSupergraphSdl);
    compiledPlans?.use(apiSchema, coreSupergraphSdl);
    const plans = compiledPlans === null ? null : metrics.measuredPlans(compiledPlans);
    const { execute, findCompiled } = createExecution(tracing.planning(executor), plans);
    return {
      schema: { apiSchema, coreSupergraphSdl },
      execute: tracing.execution(authorization.enforce(execute)),
      findCompiled: async (request) => ((await authorization.admits(request)) ? findCompiled(request) : null),
      stop: () => apollo.stop(),
    };
  } catch (error) {
    throw new ConfigurationError([
      `SUPERGRAPH_PATH: the supergraph cannot be used: ${error instanceof Error ? error.message : String(error)}`,
    ]);
  }
}

function demandSchema(schema: FederatedSchema | null): FederatedSchema {
  if (schema === null) throw new Error('it has no schema');
  return schema;
}
