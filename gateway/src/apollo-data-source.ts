import type { GraphQLDataSource } from '@apollo/gateway';
import { isRecord } from '@identity/service-kit/json';
import { OperationTypeNode } from 'graphql';
import type { GatewayContext } from './context.js';
import { LocatedError } from './located-error.js';
import { createSubgraphOperation, type SubgraphClient } from './subgraph-client.js';

/** What the root fetches of each request have brought so far; shared by the data sources of all subgraphs. */
export type RootsByRequest = WeakMap<object, readonly Record<string, unknown>[]>;

/** Creates the data source by which Apollo's executor asks a subgraph. */
export function createApolloDataSource(
  client: SubgraphClient,
  rootsByRequest: RootsByRequest,
): GraphQLDataSource<GatewayContext> {
  return {
    async process(options) {
      if (!('incomingRequestContext' in options)) throw new Error('only operations of clients are sent to subgraphs');
      const { request, context, incomingRequestContext, pathInIncomingRequest = [] } = options;
      const { query = '', operationName, variables: allVariables = {} } = request;
      const { representations, ...variables }: Readonly<Record<string, unknown>> = allVariables;
      const target = pathInIncomingRequest.map(String);
      const roots = rootsByRequest.get(incomingRequestContext) ?? [];
      const fetch = {
        operation: createSubgraphOperation(query, operationName),
        variables,
        representations: Array.isArray(representations) ? representations.filter(isRecord) : null,
        target,
        isMutation: incomingRequestContext.operation.operation === OperationTypeNode.MUTATION && target.length === 0,
        roots,
        schema: incomingRequestContext.schema,
      };
      const { data, errors } = await client.ask(fetch, context);
      if (data !== null && target.length === 0) {
        const rootsByNow = rootsByRequest.get(incomingRequestContext) ?? [];
        rootsByRequest.set(incomingRequestContext, [...rootsByNow, data]);
      }
      return { data, ...(errors.length === 0 ? {} : { errors: errors.map((error) => new LocatedError(error)) }) };
    },
  };
}
