import {
  Kind,
  visit,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type NamedTypeNode,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import type { GatedOperation } from './gated-operation.js';

/** What is left of an operation. */
export interface FilteredOperation {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** The name under which every object of the answer tells its type. */
  readonly typeKey: string;
}

/** Takes what is denied out of an operation, and lets every object tell its type, so that its places can be found. */
export function filterOperation(
  { operation, fragments }: GatedOperation,
  isDenied: (field: FieldNode) => boolean,
): FilteredOperation {
  const definitions = [operation, ...fragments.values()];
  const typeKey = unusedName(definitions);
  const tellType: FieldNode = {
    kind: Kind.FIELD,
    alias: { kind: Kind.NAME, value: typeKey },
    name: { kind: Kind.NAME, value: '__typename' },
  };

  function filterSet({ kind, selections }: SelectionSetNode, ofObject: boolean): SelectionSetNode {
    const kept = selections.flatMap(filterSelection);
    // A fragment must not be left empty either.
    return { kind, selections: ofObject || kept.length === 0 ? [...kept, tellType] : kept };
  }

  function filterSelection(selection: SelectionNode): readonly SelectionNode[] {
    if (selection.kind === Kind.FRAGMENT_SPREAD) return [selection];
    if (selection.kind === Kind.INLINE_FRAGMENT)
      return [{ ...selection, selectionSet: filterSet(selection.selectionSet, false) }];
    if (isDenied(selection)) return [];
    // The answer of introspection is passed on as it is.
    return selection.selectionSet === undefined || isIntrospection(selection)
      ? [selection]
      : [{ ...selection, selectionSet: filterSet(selection.selectionSet, true) }];
  }

  const filtered = { ...operation, selectionSet: filterSet(operation.selectionSet, false) };
  const filteredFragments = [...fragments.values()].map((fragment) =>
    isIntrospection(fragment.typeCondition)
      ? fragment
      : { ...fragment, selectionSet: filterSet(fragment.selectionSet, false) },
  );
  return {
    operation: filtered,
    document: { kind: Kind.DOCUMENT, definitions: [filtered, ...filteredFragments] },
    typeKey,
  };
}

/** Names with two underscores are reserved for it (GraphQL specification, section 2.1.9). */
function isIntrospection({ name }: FieldNode | NamedTypeNode): boolean {
  return name.value.startsWith('__');
}

function unusedName(definitions: readonly (OperationDefinitionNode | FragmentDefinitionNode)[]): string {
  const names = new Set<string>();
  const collect = ({ name, alias }: FieldNode): void => void names.add((alias ?? name).value);
  for (const definition of definitions) visit(definition, { Field: collect });
  let name = 'typeKey';
  while (names.has(name)) name += '_';
  return name;
}
