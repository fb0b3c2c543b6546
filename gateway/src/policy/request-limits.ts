import type { ApolloServerPlugin, GraphQLRequestContextDidResolveOperation } from '@apollo/server';
import type { GraphQLError } from 'graphql';
import type { GatewayContext } from '../context.js';
import type { OperationLimits } from './limits.js';
import { longListOf } from './list-items.js';
import type { OperationCosts } from './operation-costs.js';
import { tooComplex } from './too-complex.js';

/** Refuses operations whose variables are too long or whose cost is too high, before any subgraph is asked. */
export function limitRequests(limits: OperationLimits, costs: OperationCosts): ApolloServerPlugin<GatewayContext> {
  function refusalOf({
    document,
    operation,
    schema,
    request: { variables = {} },
  }: GraphQLRequestContextDidResolveOperation<GatewayContext>): GraphQLError | null {
    // Which operation is meant is for others to ask.
    if (operation === undefined) return null;
    const longList = longListOf(schema, operation, variables, limits.listItems);
    if (longList !== null) return longList;
    const cost = costs.of(schema)(document, operation, variables);
    if (cost <= limits.cost) return null;
    return tooComplex(`The operation costs ${String(cost)}, which is more than ${String(limits.cost)}.`);
  }

  return {
    requestDidStart: () =>
      Promise.resolve({
        didResolveOperation(request) {
          const refusal = refusalOf(request);
          return refusal === null ? Promise.resolve() : Promise.reject(refusal);
        },
      }),
  };
}
