import { createHash } from 'node:crypto';
import { getVariableValues, GraphQLError } from 'graphql';
import type { ExecutionResult } from '../execution/apollo-types.js';
import type { ResponsePath } from '../subgraph-answer.js';
import type { Execute } from './execute.js';
import type { OperationRequest } from '../execution/apollo-types.js';
import { completeAnswer, findVoidingField } from './complete-answer.js';
import type { Denial } from './denial.js';
import type { KnownOperation } from './known-operations.js';
import { createFieldSelection } from './selected-fields.js';

/**
 * Executes what is left of an operation without what is denied, and puts null and an error wherever that would be. When
 * it is certain that the whole answer is null, nothing is executed, so that no mutation beside a denied one has effects
 * of which the client would not hear.
 */
export async function executeDenied<TRequest extends OperationRequest>(
  { operation, fragments, without }: KnownOperation,
  denial: Denial,
  authorized: TRequest,
  execute: Execute<TRequest>,
): Promise<ExecutionResult> {
  const { schema, request, queryHash } = authorized;
  const variables = getVariableValues(schema, operation.variableDefinitions ?? [], request.variables ?? {});
  if (variables.errors !== undefined) return { errors: variables.errors };
  const rootType = schema.getRootType(operation.operation);
  if (rootType == null) throw new Error(`the schema has no ${operation.operation}s`);

  const root = { type: rootType, selectionSets: [operation.selectionSet] };
  const selectFields = createFieldSelection({ schema, fragments, variables: variables.coerced });
  const { isDenied } = denial;
  const voiding = findVoidingField(root, { schema, selectFields, isDenied });
  if (voiding !== null) return { data: null, errors: [deniedAt(voiding, denial)] };

  const { typeKey, ...filtered } = without(denial);
  const { data, errors = [] } = await execute({
    ...authorized,
    ...filtered,
    // By this plans are kept.
    queryHash: createHash('sha256').update(`${queryHash}/${denial.key}`).digest('hex'),
  });
  if (data == null) return { ...(data === undefined ? {} : { data }), errors };
  const denied: GraphQLError[] = [];
  const onDenial = (path: ResponsePath): void => void denied.push(deniedAt(path, denial));
  const completed = completeAnswer(data, root, { schema, selectFields, isDenied, typeKey, onDenial });
  const allErrors = [...errors, ...denied];
  return { data: completed, ...(allErrors.length === 0 ? {} : { errors: allErrors }) };
}

function deniedAt(path: ResponsePath, { refusal }: Denial): GraphQLError {
  return new GraphQLError(refusal.message, { path, originalError: refusal });
}
