import { Kind, type SelectionNode, type SelectionSetNode } from 'graphql';
import { conditionVariables, hasKnownDirectives } from './conditions.js';
import type { OperationContext } from './apollo-types.js';
import { UNASSIGNABLE_KEY } from './json-objects.js';

/** The ways into introspection, which the schema answers and no subgraph. */
const INTROSPECTION: ReadonlySet<string> = new Set(['__schema', '__type']);

/** An operation that can be answered from compiled plans. */
export interface UnderstoodOperation {
  /** The variables on which it depends what is selected. */
  readonly conditions: readonly string[];
}

/** Looks through an operation and the fragments of its document; null when there is something that is not understood. */
export function understand({ operation, fragments }: OperationContext): UnderstoodOperation | null {
  const conditions = new Set<string>();

  function visit({ selections }: SelectionSetNode): boolean {
    return selections.every((selection) => {
      for (const name of conditionVariables(selection)) conditions.add(name);
      if (!isUnderstood(selection)) return false;
      return selection.kind === Kind.FRAGMENT_SPREAD || !selection.selectionSet || visit(selection.selectionSet);
    });
  }

  const definitions = [operation, ...Object.values(fragments)];
  return definitions.every(({ selectionSet }) => visit(selectionSet)) ? { conditions: [...conditions] } : null;
}

function isUnderstood(selection: SelectionNode): boolean {
  if (!hasKnownDirectives(selection)) return false;
  if (selection.kind !== Kind.FIELD) return true;
  const responseName = (selection.alias ?? selection.name).value;
  return !INTROSPECTION.has(selection.name.value) && responseName !== UNASSIGNABLE_KEY;
}
