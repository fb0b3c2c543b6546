import {
  getDirectiveValues,
  GraphQLIncludeDirective,
  GraphQLSkipDirective,
  isAbstractType,
  Kind,
  TypeNameMetaFieldDef,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';

/** Everything that an operation selects on an object under one name. */
export interface SelectedField {
  readonly responseName: string;
  /** Different places in the text, and the same field: validation has seen to that. */
  readonly nodes: readonly FieldNode[];
  /** Null for the ways into introspection. */
  readonly type: GraphQLOutputType | null;
  /** What is selected below it. */
  readonly selectionSets: readonly SelectionSetNode[];
}

/** Merges what is selected on an object, in the order of the answer (GraphQL specification, section 6.3.2). */
export type SelectFields = (
  type: GraphQLObjectType,
  selectionSets: readonly SelectionSetNode[],
) => readonly SelectedField[];

/** What the selection of fields depends on; all of one request. */
export interface FieldSelectionOptions {
  readonly schema: GraphQLSchema;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** Coerced, with their defaults. */
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Creates the selection of fields for one request. The items of a list share what has been worked out for the first. */
export function createFieldSelection({ schema, fragments, variables }: FieldSelectionOptions): SelectFields {
  const known = new Map<readonly SelectionSetNode[], Map<GraphQLObjectType, readonly SelectedField[]>>();

  function collect(type: GraphQLObjectType, selectionSets: readonly SelectionSetNode[]): readonly SelectedField[] {
    const groups = new Map<string, FieldNode[]>();
    const spread = new Set<string>();

    function add(selection: SelectionNode): void {
      if (!isIncluded(selection)) return;
      if (selection.kind === Kind.FIELD) {
        const name = (selection.alias ?? selection.name).value;
        groups.set(name, [...(groups.get(name) ?? []), selection]);
        return;
      }
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        if (spread.has(selection.name.value)) return;
        spread.add(selection.name.value);
      }
      const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
      if (fragment !== undefined && applies(fragment.typeCondition?.name.value, type))
        fragment.selectionSet.selections.forEach(add);
    }

    for (const { selections } of selectionSets) selections.forEach(add);
    return [...groups].map(([responseName, nodes]) => ({
      responseName,
      nodes,
      type: typeOfField(type, nodes[0]?.name.value ?? ''),
      selectionSets: nodes.flatMap(({ selectionSet }) => selectionSet ?? []),
    }));
  }

  function isIncluded(selection: SelectionNode): boolean {
    return (
      getDirectiveValues(GraphQLSkipDirective, selection, variables)?.['if'] !== true &&
      getDirectiveValues(GraphQLIncludeDirective, selection, variables)?.['if'] !== false
    );
  }

  function applies(condition: string | undefined, type: GraphQLObjectType): boolean {
    if (condition === undefined || condition === type.name) return true;
    const conditionType = schema.getType(condition);
    return isAbstractType(conditionType) && schema.isSubType(conditionType, type);
  }

  return (type, selectionSets) => {
    const byType = known.get(selectionSets) ?? new Map<GraphQLObjectType, readonly SelectedField[]>();
    known.set(selectionSets, byType);
    const fields = byType.get(type) ?? collect(type, selectionSets);
    byType.set(type, fields);
    return fields;
  };
}

function typeOfField(type: GraphQLObjectType, name: string): GraphQLOutputType | null {
  return name === TypeNameMetaFieldDef.name ? TypeNameMetaFieldDef.type : (type.getFields()[name]?.type ?? null);
}
