import {
  buildSchema,
  getNamedType,
  getNullableType,
  GraphQLID,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  OperationTypeNode,
  valueFromASTUntyped,
  type DocumentNode,
  type FieldNode,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLNamedType,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import type { ListSize } from './cost-directives.js';
import { createCostModel } from './cost-model.js';
import { fragmentValues } from './fragment-values.js';

/**
 * Estimates what an operation costs, before it is executed.
 *
 * @param document - Fits the schema.
 * @param variables - As sent; they need not fit their types.
 */
export type EstimateCost = (
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
) => number;

/** What a mutation costs beyond its fields. */
const MUTATION_COST = 10;

/** How long a list is taken to be when nothing tells. */
const DEFAULT_LIST_SIZE = 10;

/** What selections cost together. */
interface SelectionCost {
  readonly fixed: number;
  /** The cost of one item of each list whose length the field around it may know, by the list's name. */
  readonly perItem: ReadonlyMap<string, number>;
}

const NOTHING: SelectionCost = { fixed: 0, perItem: new Map() };

/** Creates the estimate of a supergraph's operations: each object counts once for every item of every list around it. */
export function createCostEstimate(supergraphSdl: string): EstimateCost {
  const schema = buildSchema(supergraphSdl, { assumeValid: true, assumeValidSDL: true });
  const model = createCostModel(schema);

  return (document, operation, sent) => {
    const variables = { ...defaultsOf(operation), ...sent };
    const costOfFragment = fragmentValues(
      document,
      ({ typeCondition, selectionSet }) => costOfSelections(selectionSet, schema.getType(typeCondition.name.value)),
      NOTHING,
    );

    function costOfSelections({ selections }: SelectionSetNode, type: GraphQLNamedType | undefined): SelectionCost {
      return selections.map((selection) => costOfSelection(selection, type)).reduce(together, NOTHING);
    }

    function costOfSelection(selection: SelectionNode, type: GraphQLNamedType | undefined): SelectionCost {
      if (selection.kind === Kind.FRAGMENT_SPREAD) return costOfFragment(selection.name.value);
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        const condition = selection.typeCondition?.name.value;
        return costOfSelections(selection.selectionSet, condition === undefined ? type : schema.getType(condition));
      }
      const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[selection.name.value] : undefined;
      // What is left are `__typename` and introspection, of which no subgraph hears.
      return field === undefined ? NOTHING : costOfField(selection, field);
    }

    function costOfField(node: FieldNode, field: GraphQLField<unknown, unknown>): SelectionCost {
      const { weight, listSize } = model.costOf(field);
      const given = new Map(
        node.arguments?.map(({ name, value }) => [name.value, valueFromASTUntyped(value, variables)]),
      );
      const input = field.args.reduce(
        (total, argument) => total + model.costOfArgument(argument, given.get(argument.name)),
        0,
      );
      const below =
        node.selectionSet === undefined ? NOTHING : costOfSelections(node.selectionSet, getNamedType(field.type));
      const size = sizeOf(listSize, field, given);
      const one = weight + sum(below, listSize?.sizedFields ?? [], size);
      if (!isListType(getNullableType(field.type))) return { fixed: input + one, perItem: new Map() };
      if (listSize !== null && listSize.sizedFields.length === 0)
        return { fixed: input + size * one, perItem: new Map() };
      return { fixed: input, perItem: new Map([[field.name, one]]) };
    }

    const rootType = schema.getRootType(operation.operation) ?? undefined;
    const cost = sum(costOfSelections(operation.selectionSet, rootType), [], DEFAULT_LIST_SIZE);
    return cost + (operation.operation === OperationTypeNode.MUTATION ? MUTATION_COST : 0);
  };
}

function sum({ fixed, perItem }: SelectionCost, sizedFields: readonly string[], size: number): number {
  return [...perItem].reduce(
    (total, [list, cost]) => total + cost * (sizedFields.includes(list) ? size : DEFAULT_LIST_SIZE),
    fixed,
  );
}

function together(one: SelectionCost, other: SelectionCost): SelectionCost {
  if (other.perItem.size === 0) return { fixed: one.fixed + other.fixed, perItem: one.perItem };
  const perItem = new Map(one.perItem);
  for (const [list, cost] of other.perItem) perItem.set(list, (perItem.get(list) ?? 0) + cost);
  return { fixed: one.fixed + other.fixed, perItem };
}

function sizeOf(
  listSize: ListSize | null,
  field: GraphQLField<unknown, unknown>,
  given: ReadonlyMap<string, unknown>,
): number {
  const assumed = listSize?.assumedSize ?? DEFAULT_LIST_SIZE;
  const asked = field.args
    .filter(({ name }) => listSize?.slicingArguments.includes(name))
    .map(({ name, defaultValue }) => given.get(name) ?? defaultValue)
    .filter((value) => typeof value === 'number');
  // Of several arguments that ask for a number of items the largest counts.
  if (asked.length > 0) return Math.max(0, ...asked);
  const keys = given.get(keysArgumentOf(field)?.name ?? '');
  return Array.isArray(keys) ? Math.min(keys.length, assumed) : assumed;
}

/** The one argument of a field such as `nodes(ids: [ID!]!)`, which answers each id (Relay, plural identifying root fields). */
function keysArgumentOf({ type, args }: GraphQLField<unknown, unknown>): GraphQLArgument | null {
  const [keys, ...others] = args;
  if (keys === undefined || others.length > 0 || !isListType(getNullableType(type))) return null;
  return isListType(getNullableType(keys.type)) && getNamedType(keys.type).name === GraphQLID.name ? keys : null;
}

function defaultsOf({ variableDefinitions = [] }: OperationDefinitionNode): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    variableDefinitions.flatMap(({ variable, defaultValue }) =>
      defaultValue === undefined ? [] : [[variable.name.value, valueFromASTUntyped(defaultValue)]],
    ),
  );
}
