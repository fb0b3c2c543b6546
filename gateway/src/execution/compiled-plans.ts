import { createSegmentedCache, type SegmentedCache } from '@identity/service-kit/segmented-cache';
import { buildASTSchema, parse, type GraphQLSchema } from 'graphql';
import type { OperationRequest, ResolvedPlan } from './apollo-types.js';
import { CompiledInstead } from './compiled-instead.js';
import { compilePlan, type CompiledPlan } from './compiled-plan.js';
import type { StepOptions } from './run.js';

/** The compiled plans of a gateway. */
export interface CompiledPlans {
  /**
   * Takes over a supergraph. Plans of former ones are forgotten with them.
   *
   * @param apiSchema - The schema that operations are validated against.
   */
  use(apiSchema: GraphQLSchema, supergraphSdl: string): void;
  /** Looks for the plan of an operation; null when Apollo has to plan it, or to execute it. */
  find(request: OperationRequest): CompiledPlan | null;
  /**
   * To be told of every plan that Apollo is about to execute.
   *
   * @throws CompiledInstead to keep it from that.
   */
  takeOver(resolved: ResolvedPlan): void;
  /** How many plans of the latest supergraph are remembered, and about how much memory they take. */
  usage(): { readonly plans: number; readonly bytes: number };
}

interface Memory {
  readonly supergraph: GraphQLSchema;
  readonly plans: SegmentedCache<{ readonly plan: CompiledPlan | null }>;
}

/** Measured: a plan, with the parsed operation that it keeps, takes this much for each character of the text. */
const BYTES_PER_CHARACTER = 90;
const BYTES_OF_PLAN = 4_096;
const MAX_BYTES = 16 * 1_024 * 1_024;

/**
 * Creates the memory of compiled plans.
 *
 * @param onNew - Told of each plan that was not remembered.
 */
export function createCompiledPlans(
  clientOf: StepOptions['clientOf'],
  onNew: () => void = () => undefined,
): CompiledPlans {
  const memories = new WeakMap<GraphQLSchema, Memory>();
  let latest: Memory | null = null;

  function remember({ plans, supergraph }: Memory, key: string, resolved: ResolvedPlan): CompiledPlan | null {
    onNew();
    const { queryPlan, operationContext } = resolved;
    // Of an operation some of which is denied there is no document with a place, but all of its text is kept, too.
    const characters = operationContext.operation.loc?.source.body.length ?? MAX_BYTES;
    const size = BYTES_OF_PLAN + BYTES_PER_CHARACTER * characters;
    const plan = compilePlan({
      plan: queryPlan,
      operationContext,
      supergraph,
      clientOf,
      onResized(bytes) {
        if (plans.peek(key)?.plan === plan) plans.set(key, { plan }, size + bytes);
      },
    });
    plans.set(key, { plan }, plan === null ? BYTES_OF_PLAN : size);
    return plan;
  }

  return {
    use(apiSchema, supergraphSdl) {
      const supergraph = buildASTSchema(parse(supergraphSdl), { assumeValidSDL: true });
      latest = { supergraph, plans: createSegmentedCache(MAX_BYTES) };
      memories.set(apiSchema, latest);
    },
    find(request) {
      return memories.get(request.schema)?.plans.get(keyOf(request))?.plan ?? null;
    },
    takeOver(resolved) {
      const memory = memories.get(resolved.operationContext.schema);
      if (memory === undefined) return;
      const key = keyOf(resolved.requestContext);
      const known = memory.plans.get(key);
      const plan = known === undefined ? remember(memory, key, resolved) : known.plan;
      if (plan !== null) throw new CompiledInstead(plan);
    },
    usage: () => ({ plans: latest?.plans.count ?? 0, bytes: latest?.plans.size ?? 0 }),
  };
}

function keyOf({ queryHash, request }: OperationRequest): string {
  return `${queryHash}/${request.operationName ?? ''}`;
}
