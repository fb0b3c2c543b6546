import type { GraphQLSchema } from 'graphql';
import { createCostEstimate, type EstimateCost } from './operation-cost.js';

/** What operations cost, by the schema that they are executed with. */
export interface OperationCosts {
  /**
   * Takes over what a supergraph says of costs.
   *
   * @param apiSchema - The schema that operations are validated against.
   * @throws Error when the supergraph cannot be read.
   */
  use(apiSchema: GraphQLSchema, supergraphSdl: string): void;
  /** @throws Error when nothing is known of the schema. */
  of(apiSchema: GraphQLSchema): EstimateCost;
}

/** Creates the costs of the operations on any number of schemas. */
export function createOperationCosts(): OperationCosts {
  const estimates = new WeakMap<GraphQLSchema, EstimateCost>();

  return {
    use(apiSchema, supergraphSdl) {
      estimates.set(apiSchema, remembered(createCostEstimate(supergraphSdl)));
    },
    of(apiSchema) {
      const estimate = estimates.get(apiSchema);
      if (estimate === undefined) throw new Error('nothing is known of what operations on the schema cost');
      return estimate;
    },
  };
}

/** It is asked for more than once for a request, and again whenever a query comes that has no variables. */
function remembered(estimate: EstimateCost): EstimateCost {
  const known = new WeakMap<object, { readonly operation: object; readonly cost: number }>();
  return (document, operation, variables) => {
    const key = (operation.variableDefinitions ?? []).length === 0 ? operation : variables;
    const found = known.get(key);
    if (found?.operation === operation) return found.cost;
    const cost = estimate(document, operation, variables);
    known.set(key, { operation, cost });
    return cost;
  };
}
