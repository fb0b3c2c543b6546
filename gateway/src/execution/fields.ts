import {
  getNamedType,
  isCompositeType,
  isUnionType,
  Kind,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { isIncluded, type ConditionValue } from './conditions.js';
import { matchingTypes } from './type-conditions.js';

/** A selection set, and the type that it is written for. */
export interface TypedSelections {
  readonly set: SelectionSetNode;
  readonly on: GraphQLCompositeType;
}

/** Everything that an operation selects on an object under one name. */
export interface CollectedField {
  readonly responseName: string;
  readonly fieldName: string;
  /** The name of the type that it is selected on. */
  readonly on: string;
  /** Null for `__typename`. */
  readonly type: GraphQLOutputType | null;
  /** What is selected below it. */
  readonly below: readonly TypedSelections[];
}

/** Something of which its conditions do not say whether it is selected. */
export interface UndecidedField {
  readonly responseName: null;
  readonly reason: Error;
}

/** Merges what is selected on an object of a type, in the order of the answer (GraphQL specification, section 6.3.2). */
export type CollectFields = (
  typename: string,
  selections: readonly TypedSelections[],
) => readonly (CollectedField | UndecidedField)[];

/** What the collection of fields depends on. */
export interface CollectionOptions {
  readonly schema: GraphQLSchema;
  readonly fragments: Readonly<Record<string, FragmentDefinitionNode>>;
  readonly valueOf: ConditionValue;
}

/** Creates the collection of fields of an operation for some values of its conditions. */
export function createFieldCollection({ schema, fragments, valueOf }: CollectionOptions): CollectFields {
  return (typename, selections) => {
    const fields = new Map<string, CollectedField>();
    const spread = new Set<string>();
    const undecided: UndecidedField[] = [];

    function collect({ set, on }: TypedSelections): void {
      for (const selection of set.selections) {
        undecided.push(...undecidedBy(selection));
        // Whatever follows is not reached.
        if (undecided.length > 0) return;
        if (isIncluded(selection, valueOf)) add(selection, on);
      }
    }

    function add(selection: SelectionNode, on: GraphQLCompositeType): void {
      if (selection.kind === Kind.FIELD) {
        const field = fieldOf(selection.name.value, on, selection.selectionSet);
        const responseName = (selection.alias ?? selection.name).value;
        const known = fields.get(responseName);
        fields.set(responseName, {
          ...(known ?? { responseName, ...field }),
          below: [...(known?.below ?? []), ...field.below],
        });
        return;
      }
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        if (spread.has(selection.name.value)) return;
        spread.add(selection.name.value);
      }
      const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments[selection.name.value];
      if (fragment === undefined) throw new Error('the operation spreads a fragment that it does not have');
      const condition = fragment.typeCondition?.name.value;
      if (condition !== undefined && !matchingTypes(schema, condition).has(typename)) return;
      const type = condition === undefined ? on : schema.getType(condition);
      if (!isCompositeType(type)) throw new Error('the operation has a fragment on a type that there is not');
      collect({ set: fragment.selectionSet, on: type });
    }

    selections.forEach(collect);
    return [...fields.values(), ...undecided];
  };

  function undecidedBy(selection: SelectionNode): readonly UndecidedField[] {
    try {
      isIncluded(selection, valueOf);
      return [];
    } catch (error) {
      return [
        { responseName: null, reason: error instanceof Error ? error : new Error('undecided', { cause: error }) },
      ];
    }
  }

  function fieldOf(fieldName: string, on: GraphQLCompositeType, set: SelectionSetNode | undefined) {
    const type = isUnionType(on) ? null : (on.getFields()[fieldName]?.type ?? null);
    const named = getNamedType(type);
    const below = set !== undefined && isCompositeType(named) ? [{ set, on: named }] : [];
    return { fieldName, on: on.name, type, below };
  }
}
