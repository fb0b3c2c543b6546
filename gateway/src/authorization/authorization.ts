import { authenticateHeader, type AuthenticateToken } from '@identity/service-kit/authentication';
import type { GraphQLSchema } from 'graphql';
import type { Execute } from './execute.js';
import type { OperationRequest } from '../execution/apollo-types.js';
import { denialOf, type Denial } from './denial.js';
import { executeDenied } from './execute-denied.js';
import { readFieldDemands } from './field-demands.js';
import { createKnownOperations, type KnownOperation, type KnownOperations } from './known-operations.js';

/** Keeps what the supergraph declares of who may read or call a field, before any subgraph is asked. */
export interface Authorization {
  /**
   * Takes over what a supergraph demands.
   *
   * @param apiSchema - The schema that operations are validated against.
   * @throws Error when a directive cannot be read.
   */
  use(apiSchema: GraphQLSchema, supergraphSdl: string): void;
  /** Makes an executor answer only what the caller may have. */
  enforce<TRequest extends OperationRequest>(execute: Execute<TRequest>): Execute<TRequest>;
  /** Whether the caller may have everything that an operation selects. */
  admits(request: OperationRequest): Promise<boolean>;
}

/**
 * Creates the authorization of a gateway.
 *
 * Tokens are looked at only when an operation selects something gated. What the caller is denied is taken out of the
 * operation, so that no subgraph ever hears of it; in the answer null and an error stand at each of its places.
 *
 * @param authenticateToken - Need not know of ended sessions: the subgraphs do.
 */
export function createAuthorization(authenticateToken: AuthenticateToken): Authorization {
  const operationsBySchema = new WeakMap<GraphQLSchema, KnownOperations>();

  function find(request: OperationRequest): KnownOperation | null {
    const operations = operationsBySchema.get(request.schema);
    if (operations === undefined) throw new Error('nothing is known of what the schema demands');
    return operations.find(request);
  }

  async function denied(operation: KnownOperation, request: OperationRequest): Promise<Denial | null> {
    return denialOf(operation, await authenticateHeader(headerOf(request), authenticateToken));
  }

  return {
    use(apiSchema, supergraphSdl) {
      operationsBySchema.set(apiSchema, createKnownOperations(apiSchema, readFieldDemands(supergraphSdl)));
    },
    enforce: (execute) => async (request) => {
      const operation = find(request);
      if (operation === null) return execute(request);
      const denial = await denied(operation, request);
      return denial === null ? execute(request) : executeDenied(operation, denial, request, execute);
    },
    async admits(request) {
      const operation = find(request);
      return operation === null || (await denied(operation, request)) === null;
    },
  };
}

function headerOf({ context }: OperationRequest): string | undefined {
  const authorization: unknown = context['authorization'];
  return typeof authorization === 'string' ? authorization : undefined;
}
