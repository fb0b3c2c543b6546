import {
  GraphQLBoolean,
  GraphQLFloat,
  GraphQLID,
  GraphQLInt,
  GraphQLString,
  isEnumType,
  type GraphQLLeafType,
} from 'graphql';

/** Whether a value, which is not null, may stand where a leaf type is declared. */
export type IsLeafValue = (value: unknown) => boolean;

const BUILT_IN: ReadonlyMap<string, IsLeafValue> = new Map([
  [GraphQLBoolean.name, (value: unknown) => typeof value === 'boolean'],
  [GraphQLInt.name, isInteger],
  [GraphQLFloat.name, (value: unknown) => typeof value === 'number' && Number.isFinite(value)],
  [GraphQLID.name, (value: unknown) => typeof value === 'string' || isInteger(value)],
  [GraphQLString.name, (value: unknown) => typeof value === 'string'],
]);

/** Creates the check of values of a leaf type. Of scalars that only subgraphs know, every value is accepted. */
export function leafCheckOf(type: GraphQLLeafType): IsLeafValue {
  if (!isEnumType(type)) return BUILT_IN.get(type.name) ?? (() => true);
  const names: ReadonlySet<unknown> = new Set(type.getValues().map(({ name }) => name));
  return (value) => names.has(value);
}

/** Larger ones are not written as an integer in JSON. */
function isInteger(value: unknown): boolean {
  return Number.isInteger(value) && Math.abs(Number(value)) < 1e21;
}
