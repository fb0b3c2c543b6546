import { GraphQLError, type DocumentNode, type OperationDefinitionNode } from 'graphql';
import { createPathClipper } from './client-paths.js';
import type { ExecutionResult, Executor, OperationRequest, RequestContext } from './execution/apollo-types.js';
import { CompiledInstead } from './execution/compiled-instead.js';
import type { CompiledPlans } from './execution/compiled-plans.js';
import { withIntrospection } from './introspection.js';
import { LocatedError } from './located-error.js';
import { isRecord } from '@identity/service-kit/json';

/** Executes operations. */
export interface Execution {
  /** Executes compiled plans itself, and has Apollo plan and execute anything else. */
  readonly execute: Executor;
  /** Null for an operation whose plan is not compiled; nothing is executed by looking. */
  findCompiled(request: OperationRequest): ExecuteFound | null;
}

/** Executes an operation that has been found. */
export type ExecuteFound = () => Promise<ExecutionResult>;

/** Creates the execution of what Apollo plans. */
export function createExecution(apolloExecutor: Executor, compiledPlans: CompiledPlans | null): Execution {
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

  async function finish(
    { document, operation }: OperationRequest,
    executing: Promise<ExecutionResult>,
  ): Promise<ExecutionResult> {
    const { data, errors = [], extensions } = await executing;
    const all = extensions === undefined ? errors : [...errors, ...completionErrorsOf(extensions)];
    const answer = data === undefined ? {} : { data };
    return all.length === 0 ? answer : { ...answer, errors: locate(all, document, operation) };
  }

  return {
    execute: (request) => finish(request, withIntrospection(request, execute)),
    findCompiled(request) {
      const plan = compiledPlans?.find(request) ?? null;
      return plan === null ? null : () => finish(request, plan.execute(request));
    },
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
