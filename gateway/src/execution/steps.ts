import type { ConditionNode, PlanNode } from './apollo-types.js';
import { conditionsOf } from './conditions.js';
import { compileEntityPath } from './entities.js';
import { compileFetch } from './fetch-step.js';
import type { Step, StepOptions } from './run.js';

/**
 * Prepares a part of a plan; null when there is something in it that is not understood.
 *
 * @param target - The path to the objects that it is executed for; null at the root.
 */
export function compileStep(node: PlanNode, target: readonly string[] | null, options: StepOptions): Step | null {
  switch (node.kind) {
    case 'Fetch':
      return compileFetch(node, target ?? [], options);
    case 'Sequence': {
      const steps = compileAll(node.nodes, target, options);
      if (steps === null) return null;
      return async (run, objects) => {
        for (const step of steps) await step(run, objects);
      };
    }
    case 'Parallel': {
      const steps = compileAll(node.nodes, target, options);
      if (steps === null) return null;
      return async (run, objects) => {
        await Promise.all(steps.map((step) => step(run, objects)));
      };
    }
    case 'Flatten': {
      const path = node.path.filter((segment) => typeof segment === 'string');
      if (target !== null || path.length !== node.path.length) return null;
      const step = compileStep(node.node, path, options);
      if (step === null) return null;
      const findEntities = compileEntityPath(path);
      return async (run) => step(run, findEntities(run.data));
    }
    case 'Condition':
      return compileCondition(node, target, options);
    default:
      return null;
  }
}

function compileCondition(
  { condition, ifClause, elseClause }: ConditionNode,
  target: readonly string[] | null,
  options: StepOptions,
): Step | null {
  const [whenTrue, whenFalse] = [ifClause, elseClause].map((clause) =>
    clause === undefined ? doNothing : compileStep(clause, target, options),
  );
  if (whenTrue == null || whenFalse == null) return null;
  return async (run, objects) => {
    const holds = conditionsOf(run.variables, options.defaults)(condition);
    await (holds ? whenTrue : whenFalse)(run, objects);
  };
}

function compileAll(
  nodes: readonly PlanNode[],
  target: readonly string[] | null,
  options: StepOptions,
): readonly Step[] | null {
  const steps = nodes.flatMap((node) => compileStep(node, target, options) ?? []);
  return steps.length === nodes.length ? steps : null;
}

const doNothing: Step = () => Promise.resolve();
