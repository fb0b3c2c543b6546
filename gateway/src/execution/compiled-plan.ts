import { isRecord } from '@identity/service-kit/json';
import { getVariableValues, GraphQLError, type GraphQLSchema } from 'graphql';
import { LRUCache } from 'lru-cache';
import { contextOf } from '../context.js';
import { createAnswerShape, type ShapeAnswer } from './answer-shape.js';
import type { ExecutionResult, OperationContext, OperationRequest, QueryPlan } from './apollo-types.js';
import type { Shaping } from './completion.js';
import { booleanDefaults, conditionsOf, type Variables } from './conditions.js';
import { createFieldCollection } from './fields.js';
import type { Run, StepOptions } from './run.js';
import { compileStep } from './steps.js';
import { understand } from './understood.js';

/** A query plan made into functions, once, so that nothing of it is interpreted when it is executed. */
export interface CompiledPlan {
  execute(request: OperationRequest): Promise<ExecutionResult>;
}

/** What a plan is compiled from. */
export interface CompilationOptions extends Omit<StepOptions, 'defaults'> {
  readonly plan: QueryPlan;
  readonly operationContext: OperationContext;
  /** Told how many bytes the plan takes beside what it was compiled from, whenever that changes. */
  readonly onResized: (bytes: number) => void;
}

/** How many combinations of conditions an answer's shape is kept for. */
const MAX_SHAPES = 8;

interface KnownShape {
  readonly shape: ShapeAnswer;
  readonly bytes: () => number;
}

/** Compiles a plan; null when there is something in it, or in the operation, that Apollo has to execute. */
export function compilePlan({
  plan,
  operationContext,
  onResized,
  ...options
}: CompilationOptions): CompiledPlan | null {
  const { operation, schema } = operationContext;
  const understood = understand(operationContext);
  const rootType = schema.getRootType(operation.operation);
  if (understood === null || rootType == null || plan.node?.kind === 'Subscription') return null;
  const defaults = booleanDefaults(operation);
  const step = plan.node === undefined ? null : compileStep(plan.node, null, { ...options, defaults });
  if (plan.node !== undefined && step === null) return null;

  const { conditions } = understood;
  const root = { set: operation.selectionSet, on: rootType };
  const shapes = new LRUCache<string, KnownShape>({ max: MAX_SHAPES });

  function shapeFor(variables: Variables): ShapeAnswer {
    const values = conditions.map((name) => (Object.hasOwn(variables, name) ? variables[name] : defaults[name]));
    const key = values.map((value) => (typeof value === 'boolean' ? String(value) : '')).join();
    return (shapes.get(key) ?? createShape(key, values)).shape;
  }

  /** Lives as long as the plan, so that it must not see anything of the request by which it has come about. */
  function createShape(key: string, values: readonly unknown[]): KnownShape {
    let bytes = 0;
    const valueOf = conditionsOf(Object.fromEntries(conditions.map((name, index) => [name, values[index]])), {});
    const collectFields = createFieldCollection({ ...operationContext, valueOf });
    const shape = createAnswerShape({
      schema,
      collectFields,
      root,
      onGrown(by) {
        bytes += by;
        onResized([...shapes.values()].reduce((sum, other) => sum + other.bytes(), 0));
      },
    });
    const known = { shape, bytes: () => bytes };
    shapes.set(key, known);
    return known;
  }

  return {
    async execute(request) {
      const variables = request.request.variables ?? {};
      const problems = problemsOf(operationContext, variables);
      if (problems.length > 0) return { errors: problems };
      const run: Run = { context: contextOf(request.context), schema, variables, data: {}, errors: [] };
      await step?.(run, [run.data]);
      return answerOf(run, () => shapeFor(variables));
    },
  };
}

function answerOf({ data, errors }: Run, shapeFor: () => ShapeAnswer): ExecutionResult {
  const shaping: Shaping = { path: [], errors: [] };
  let shaped: unknown;
  try {
    shaped = shapeFor()(data, shaping);
  } catch (error) {
    return { errors: [new GraphQLError('the answer cannot be shaped', { originalError: asError(error) })] };
  }
  // What a subgraph has reported explains what is missing.
  const all = errors.length > 0 ? errors : shaping.errors;
  return { data: isRecord(shaped) ? shaped : null, ...(all.length === 0 ? {} : { errors: all }) };
}

function problemsOf(
  { operation, schema }: { readonly operation: OperationContext['operation']; readonly schema: GraphQLSchema },
  variables: Variables,
): readonly GraphQLError[] {
  const { variableDefinitions = [] } = operation;
  return variableDefinitions.length === 0
    ? []
    : (getVariableValues(schema, variableDefinitions, variables).errors ?? []);
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error('thrown by the shaping of an answer', { cause: error });
}
