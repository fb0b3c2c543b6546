import {
  getNamedType,
  getNullableType,
  isCompositeType,
  isInputObjectType,
  isListType,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLSchema,
} from 'graphql';
import { isRecord } from '@identity/service-kit/json';
import { createCostDirectives, type ListSize } from './cost-directives.js';

/** What a field costs. */
export interface FieldCost {
  /** What one value of the field costs, without what is selected below. */
  readonly weight: number;
  readonly listSize: ListSize | null;
}

/** What the parts of a schema cost. */
export interface CostModel {
  costOf(field: GraphQLField<unknown, unknown>): FieldCost;
  /** What it costs to give an argument this value. */
  costOfArgument(argument: GraphQLArgument, value: unknown): number;
}

/**
 * Creates the model of a supergraph (IBM GraphQL Cost Directives): `@cost` of a field counts, else that of its type,
 * else an object is 1 and a scalar 0. Arguments and input fields count where they are marked.
 */
export function createCostModel(supergraph: GraphQLSchema): CostModel {
  const directives = createCostDirectives(supergraph);
  const known = new WeakMap<GraphQLField<unknown, unknown>, FieldCost>();

  function read(field: GraphQLField<unknown, unknown>): FieldCost {
    const type = getNamedType(field.type);
    const weight = directives.weightOf(field) ?? directives.weightOf(type) ?? (isCompositeType(type) ? 1 : 0);
    return { weight, listSize: directives.listSizeOf(field) };
  }

  function costOfInput(part: GraphQLArgument | GraphQLInputField, value: unknown): number {
    if (value === undefined) return 0;
    return (directives.weightOf(part) ?? 0) + costOfValue(part.type, value);
  }

  function costOfValue(declaredType: GraphQLInputType, value: unknown): number {
    const type = getNullableType(declaredType);
    if (isListType(type))
      return [value].flat(1).reduce<number>((total, item) => total + costOfValue(type.ofType, item), 0);
    const weight = directives.weightOf(type) ?? 0;
    if (!isInputObjectType(type) || !isRecord(value)) return weight;
    return Object.values(type.getFields()).reduce(
      (total, field) => total + costOfInput(field, value[field.name]),
      weight,
    );
  }

  return {
    costOf(field) {
      const cost = known.get(field) ?? read(field);
      known.set(field, cost);
      return cost;
    },
    costOfArgument: costOfInput,
  };
}
