import type { AccessDemand } from '@identity/service-kit/access-demands';
import {
  Kind,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import type { FieldDemands } from './field-demands.js';

/** An operation that selects fields which not everybody may read. */
export interface GatedOperation {
  readonly operation: OperationDefinitionNode;
  /** Those that the operation uses, by name. */
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** What each gated selection demands. */
  readonly gates: ReadonlyMap<FieldNode, readonly AccessDemand[]>;
  /** Everything that any of them demands, once. */
  readonly demands: readonly AccessDemand[];
}

/**
 * Finds out what an operation demands; null when anybody may execute it.
 *
 * What a selection demands depends on the field and the type it is selected on, which its place in the text says: so
 * every fragment is looked at once, however often and wherever it is spread, and no alias plays a part.
 */
export function findGates(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  demands: FieldDemands,
): GatedOperation | null {
  const fragments = usedFragments(document, operation);
  const gates = new Map<FieldNode, readonly AccessDemand[]>();
  const typeInfo = new TypeInfo(schema);
  const visitor = visitWithTypeInfo(typeInfo, {
    Field(node) {
      const parentType = typeInfo.getParentType();
      if (parentType == null) throw new Error(`nothing tells which type "${node.name.value}" is selected on`);
      const demanded = demands.of(parentType.name, node.name.value);
      if (demanded.length > 0) gates.set(node, demanded);
    },
  });
  for (const definition of [operation, ...fragments.values()]) visit(definition, visitor);
  return gates.size === 0 ? null : { operation, fragments, gates, demands: [...new Set([...gates.values()].flat())] };
}

function usedFragments(
  { definitions }: DocumentNode,
  operation: OperationDefinitionNode,
): ReadonlyMap<string, FragmentDefinitionNode> {
  const known = new Map(
    definitions.flatMap((definition) =>
      definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition] as const] : [],
    ),
  );
  const used = new Map<string, FragmentDefinitionNode>();
  const pending: (OperationDefinitionNode | FragmentDefinitionNode)[] = [operation];
  for (let current = pending.pop(); current !== undefined; current = pending.pop()) {
    visit(current, {
      FragmentSpread({ name }) {
        const fragment = known.get(name.value);
        if (fragment === undefined || used.has(name.value)) return;
        used.set(name.value, fragment);
        pending.push(fragment);
      },
    });
  }
  return used;
}
