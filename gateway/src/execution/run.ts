import type { GraphQLError, GraphQLSchema } from 'graphql';
import type { GatewayContext } from '../context.js';
import type { SubgraphClient } from '../subgraph-client.js';
import type { Variables } from './conditions.js';
import type { JsonObject } from './json-objects.js';

/** One execution of a plan. */
export interface Run {
  readonly context: GatewayContext;
  /** The schema of the client's operation. */
  readonly schema: GraphQLSchema;
  readonly variables: Variables;
  /** What has been fetched so far, put together. */
  readonly data: JsonObject;
  /** What has gone wrong so far. */
  readonly errors: GraphQLError[];
}

/** A part of a plan, ready to be executed for some objects of the data. */
export type Step = (run: Run, objects: readonly JsonObject[]) => Promise<void>;

/** What the steps of a plan are made from. */
export interface StepOptions {
  readonly supergraph: GraphQLSchema;
  /** Undefined for a subgraph that there is not. */
  readonly clientOf: (subgraph: string) => SubgraphClient | undefined;
  /** The defaults of the variables on which it depends what is fetched. */
  readonly defaults: Variables;
}
