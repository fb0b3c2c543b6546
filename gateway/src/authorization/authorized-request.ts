import type { ExecutionResult, RequestContext } from '../execution/apollo-types.js';

/** What authorization needs to know of an operation and its request. */
export type AuthorizedRequest = Pick<
  RequestContext,
  'schema' | 'document' | 'operation' | 'queryHash' | 'request' | 'context'
>;

/** Executes an operation, or what has been left of it. */
export type Execute<TRequest extends AuthorizedRequest> = (request: TRequest) => Promise<ExecutionResult>;
