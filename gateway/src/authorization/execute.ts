import type { ExecutionResult, OperationRequest } from '../execution/apollo-types.js';

/** Executes an operation, or what has been left of it. */
export type Execute<TRequest extends OperationRequest> = (request: TRequest) => Promise<ExecutionResult>;
