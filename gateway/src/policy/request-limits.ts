import type { ApolloServerPlugin } from '@apollo/server';
import type { DocumentNode, GraphQLError, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import type { GatewayContext } from '../context.js';
import type { OperationLimits } from './limits.js';
import { longListOf } from './list-items.js';
import type { OperationCosts } from './operation-costs.js';
import { tooComplex } from './too-complex.js';

/** An operation, and the variables that it is to be executed with. */
export interface OperationWithVariables {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Tells why an operation is refused whose variables are too long or whose cost is too high; null when it is not. */
export type RefusalOf = (operation: OperationWithVariables) => GraphQLError | null;

/** Creates the limits of what one request may ask for. */
export function createRequestLimits(limits: OperationLimits, costs: OperationCosts): RefusalOf {
  return ({ schema, document, operation, variables }) => {
    const longList = longListOf(schema, operation, variables, limits.listItems);
    if (longList !== null) return longList;
    const cost = costs.of(schema)(document, operation, variables);
    if (cost <= limits.cost) return null;
    return tooComplex(`The operation costs ${String(cost)}, which is more than ${String(limits.cost)}.`);
  };
}

/** Refuses operations before any subgraph is asked. */
export function limitRequests(refusalOf: RefusalOf): ApolloServerPlugin<GatewayContext> {
  return {
    requestDidStart: () =>
      Promise.resolve({
        didResolveOperation({ schema, document, operation, request: { variables = {} } }) {
          // Which operation is meant is for others to ask.
          const refusal = operation === undefined ? null : refusalOf({ schema, document, operation, variables });
          return refusal === null ? Promise.resolve() : Promise.reject(refusal);
        },
      }),
  };
}
