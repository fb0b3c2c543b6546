import type { ApolloServerOptionsWithGateway } from '@apollo/server';
import type { Logger } from '@identity/service-kit/logger';
import type { GraphQLSchema } from 'graphql';
import { contextOf, type GatewayContext } from './context.js';
import type { FederatedSchema, Federation, FederationOptions } from './federation.js';
import type { SubgraphTransports } from './subgraph-transports.js';
import type { Supergraph } from './supergraph.js';

/** A federation whose supergraph can be exchanged while it executes operations. */
export interface LiveFederation {
  /**
   * Makes a supergraph live. Operations that have begun before are finished on the one they were validated against.
   *
   * @throws ConfigurationError when it cannot be used; the former one stays live then.
   */
  use(supergraph: Supergraph): Promise<void>;
  /** As the federation of the operation's schema does it. */
  readonly findCompiled: Federation['findCompiled'];
  /** For Apollo Server, which can load it as soon as a supergraph is live. */
  readonly gateway: ApolloServerOptionsWithGateway<GatewayContext>['gateway'];
}

/** What a live federation is made from. */
export interface LiveFederationOptions {
  readonly load: (parts: Pick<FederationOptions, 'supergraph' | 'transports'>) => Promise<Federation>;
  readonly transports: SubgraphTransports;
  /** Hears of every schema before it is live; by throwing it prevents that. */
  readonly prepare: (schema: FederatedSchema) => void;
  /** Resolves when all requests that have arrived until now have been answered. */
  readonly untilAnswered: () => Promise<void>;
  readonly logger: Logger;
}

/**
 * Creates a live federation. Every supergraph has an `ApolloGateway` of its own: exchanging the schema inside of one would
 * execute operations on another schema than they were validated against, and leave it half exchanged when that fails.
 */
export function createLiveFederation({
  load,
  transports,
  prepare,
  untilAnswered,
  logger,
}: LiveFederationOptions): LiveFederation {
  const bySchema = new WeakMap<GraphQLSchema, Federation>();
  const listeners = new Set<(schema: FederatedSchema) => void>();
  const retiring = new Set<Promise<void>>();
  let live: Federation | null = null;

  async function loadNext(supergraph: Supergraph): Promise<Federation> {
    const lease = transports.lease(supergraph.subgraphs);
    try {
      const federation = await load({ supergraph, transports: lease.transports });
      prepare(federation.schema);
      bySchema.set(federation.schema.apiSchema, federation);
      announce(federation.schema);
      return {
        ...federation,
        async stop() {
          await federation.stop();
          await lease.release();
        },
      };
    } catch (error) {
      await lease.release();
      throw error;
    }
  }

  function federationOf(schema: GraphQLSchema): Federation {
    const federation = bySchema.get(schema);
    if (federation === undefined) throw new Error('the schema belongs to no supergraph');
    return federation;
  }

  function announce(schema: FederatedSchema): void {
    for (const listener of listeners) listener(schema);
  }

  async function retire(federation: Federation): Promise<void> {
    await untilAnswered();
    await federation.stop().catch((error: unknown) => {
      logger.error({ err: error }, 'a supergraph that is live no more could not be stopped');
    });
  }

  return {
    async use(supergraph) {
      const former = live;
      live = await loadNext(supergraph);
      if (former === null) return;
      const retirement = retire(former);
      retiring.add(retirement);
      void retirement.then(() => retiring.delete(retirement));
    },
    findCompiled: (request) => federationOf(request.schema).findCompiled(request),
    gateway: {
      async load() {
        if (live === null) throw new Error('there is no supergraph');
        announce(live.schema);
        return {
          executor: async (request) =>
            (await contextOf(request.context).executing) ?? federationOf(request.schema).execute(request),
        };
      },
      onSchemaLoadOrUpdate(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      async stop() {
        await Promise.all([live?.stop(), ...retiring]);
      },
    },
  };
}
