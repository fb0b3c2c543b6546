import { isAbstractType, isCompositeType, isInterfaceType, type GraphQLSchema } from 'graphql';

/** The names of all types that a type condition holds for. */
export type MatchingTypes = ReadonlySet<string>;

const known = new WeakMap<GraphQLSchema, Map<string, MatchingTypes>>();

/** Looks up for which types a fragment with a condition applies. */
export function matchingTypes(schema: GraphQLSchema, condition: string): MatchingTypes {
  const bySchema = known.get(schema) ?? new Map<string, MatchingTypes>();
  known.set(schema, bySchema);
  const names = bySchema.get(condition) ?? collect(schema, condition);
  // What clients write has been validated, and plans name types of the supergraph: there are no more than it has types.
  bySchema.set(condition, names);
  return names;
}

function collect(schema: GraphQLSchema, condition: string): MatchingTypes {
  const type = schema.getType(condition);
  if (!isCompositeType(type)) return new Set();
  const objects = isAbstractType(type) ? schema.getPossibleTypes(type) : [];
  const interfaces = isInterfaceType(type) ? schema.getImplementations(type).interfaces : [];
  return new Set([condition, ...[...objects, ...interfaces].map(({ name }) => name)]);
}
