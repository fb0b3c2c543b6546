import type { SubgraphTransport } from './guarded-transport.js';
import type { Subgraph } from './supergraph.js';

/** The transports to subgraphs, for supergraphs that follow one another. */
export interface SubgraphTransports {
  /** A subgraph that is in use at the same address keeps its transport, and so its connections. */
  lease(subgraphs: readonly Subgraph[]): TransportLease;
}

/** The transports of one supergraph. */
export interface TransportLease {
  /** By the names of the subgraphs. */
  readonly transports: ReadonlyMap<string, SubgraphTransport>;
  /** Closes those that nobody else has, once their calls have ended. Called once. */
  release(): Promise<void>;
}

/** Creates transports that are shared and closed by whoever is the last to have them. */
export function createSubgraphTransports(create: (subgraph: Subgraph) => SubgraphTransport): SubgraphTransports {
  const inUse = new Map<string, { readonly transport: SubgraphTransport; users: number }>();

  function take(subgraph: Subgraph): SubgraphTransport {
    const shared = inUse.get(keyOf(subgraph)) ?? { transport: create(subgraph), users: 0 };
    shared.users += 1;
    inUse.set(keyOf(subgraph), shared);
    return shared.transport;
  }

  async function giveBack(subgraph: Subgraph): Promise<void> {
    const shared = inUse.get(keyOf(subgraph));
    if (shared === undefined) return;
    shared.users -= 1;
    if (shared.users > 0) return;
    inUse.delete(keyOf(subgraph));
    await shared.transport.close();
  }

  return {
    lease(subgraphs) {
      const transports = new Map(subgraphs.map((subgraph) => [subgraph.name, take(subgraph)]));
      return {
        transports,
        async release() {
          await Promise.all(subgraphs.map(giveBack));
        },
      };
    },
  };
}

function keyOf({ name, url }: Subgraph): string {
  return `${name} ${url}`;
}
