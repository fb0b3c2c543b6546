import { GraphQLError, type DocumentNode, type OperationDefinitionNode } from 'graphql';
import { createPathClipper } from './client-paths.js';
import type { ExecutionResult, Executor, RequestContext } from './execution/apollo-types.js';
import { CompiledInstead } from './execution/compiled-instead.js';
import type { CompiledPlans } from './execution/compiled-plans.js';
import { withIntrospection } from './introspection.js';
import { LocatedError } from './located-error.js';
import { isRecord } from '@identity/service-kit/json';

/** Creates an executor for what Apollo plans. Compiled plans are executed here, anything else by Apollo. */
export function createExecutor(apolloExecutor: Executor, compiledPlans: CompiledPlans | null): Executor {
  async function execute(request: RequestContext): Promise<ExecutionResult> {
    const known = compiledPlans?.find(request);
    if (known != null) return known.execute(request);
    try {
      return await apolloExecutor(request);
    } catch (error) {
      if (!(error instanceof CompiledInstead)) throw error;
      return error.plan.execute(request);
    }
  }

  return async (request) => {
    const { data, errors = [], extensions } = await withIntrospection(request, execute);
    const all = [...errors, ...completionErrorsOf(extensions)];
    return {
      ...(data === undefined ? {} : { data }),
      ...(all.length === 0 ? {} : { errors: locate(all, request.document, request.operation) }),
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
