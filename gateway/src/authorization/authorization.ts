import { authenticateHeader, type AuthenticateToken } from '@identity/service-kit/authentication';
import type { GraphQLSchema } from 'graphql';
import type { AuthorizedRequest, Execute } from './authorized-request.js';
import { denialOf } from './denial.js';
import { executeDenied } from './execute-denied.js';
import { readFieldDemands } from './field-demands.js';
import { createKnownOperations, type KnownOperations } from './known-operations.js';

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
  enforce<TRequest extends AuthorizedRequest>(execute: Execute<TRequest>): Execute<TRequest>;
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

  return {
    use(apiSchema, supergraphSdl) {
      operationsBySchema.set(apiSchema, createKnownOperations(apiSchema, readFieldDemands(supergraphSdl)));
    },
    enforce: (execute) => async (request) => {
      const operations = operationsBySchema.get(request.schema);
      if (operations === undefined) throw new Error('nothing is known of what the schema demands');
      const operation = operations.find(request);
      if (operation === null) return execute(request);
      const denial = denialOf(operation, await authenticateHeader(headerOf(request), authenticateToken));
      return denial === null ? execute(request) : executeDenied(operation, denial, request, execute);
    },
  };
}

function headerOf({ context }: AuthorizedRequest): string | undefined {
  const authorization: unknown = context['authorization'];
  return typeof authorization === 'string' ? authorization : undefined;
}
