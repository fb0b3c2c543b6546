import type { ApolloGateway } from '@apollo/gateway';
import { GraphQLError, type DocumentNode, type OperationDefinitionNode } from 'graphql';
import { createPathClipper } from './client-paths.js';
import { LocatedError } from './located-error.js';
import { isRecord } from '@identity/service-kit/json';

/** Executes an operation that has been parsed and validated. */
export type Executor = Awaited<ReturnType<ApolloGateway['load']>>['executor'];

/** An operation to execute, and the request it came with. */
export type RequestContext = Parameters<Executor>[0];

/** What an execution has brought. */
export type ExecutionResult = Awaited<ReturnType<Executor>>;

/** Creates an executor that plans and executes by Apollo's, and puts right the errors of its results. */
export function createExecutor(apolloExecutor: Executor): Executor {
  return async (requestContext) => {
    const { data, errors = [], extensions } = await apolloExecutor(requestContext);
    const all = [...errors, ...completionErrorsOf(extensions)];
    return {
      ...(data === undefined ? {} : { data }),
      ...(all.length === 0 ? {} : { errors: locate(all, requestContext.document, requestContext.operation) }),
    };
  };
}

/** Apollo reports what violates the schema in an extension, past the masking of errors. */
function completionErrorsOf(extensions: ExecutionResult['extensions']): readonly GraphQLError[] {
  const errors: unknown = isRecord(extensions) ? extensions['valueCompletion'] : undefined;
  return Array.isArray(errors) ? errors.filter((error) => error instanceof GraphQLError) : [];
}

function locate(
  errors: readonly GraphQLError[],
  document: DocumentNode,
  operation: OperationDefinitionNode,
): readonly GraphQLError[] {
  const clip = createPathClipper(document, operation);
  return errors.map((error) => {
    const { originalError } = error;
    const located = originalError instanceof LocatedError ? originalError.located : error;
    if (located.path === undefined) return located;
    const path = clip(located.path);
    if (path.length === located.path.length) return located;
    return new GraphQLError(located.message, {
      extensions: located.extensions,
      ...(path.length === 0 ? {} : { path }),
      originalError: located,
    });
  });
}
