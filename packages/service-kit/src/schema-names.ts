import { isEnumType, isInputObjectType, isInterfaceType, isObjectType, type GraphQLSchema } from 'graphql';

/** Whether a name stands in the schema; any other name in an operation is one that a client has made up. */
export type IsSchemaName = (name: string) => boolean;

/** What stands for a name that is not in the schema: whoever typed it may have meant to type it elsewhere. */
export const UNKNOWN_NAME = '(unknown)';

/** Fields of every schema that no type lists. */
const META_FIELDS = ['__typename', '__schema', '__type'];

const known = new WeakMap<GraphQLSchema, ReadonlySet<string>>();

/** Tells the names of types, fields, arguments, enum values and directives from all others. */
export function namesOf(schema: GraphQLSchema): IsSchemaName {
  const names = known.get(schema) ?? collectNames(schema);
  known.set(schema, names);
  return (name) => names.has(name);
}

function collectNames(schema: GraphQLSchema): ReadonlySet<string> {
  const names = new Set(META_FIELDS);
  for (const directive of schema.getDirectives()) {
    names.add(directive.name);
    for (const argument of directive.args) names.add(argument.name);
  }
  for (const type of Object.values(schema.getTypeMap())) {
    names.add(type.name);
    if (isEnumType(type)) for (const value of type.getValues()) names.add(value.name);
    if (isInputObjectType(type)) for (const field of Object.keys(type.getFields())) names.add(field);
    if (!isObjectType(type) && !isInterfaceType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      names.add(field.name);
      for (const argument of field.args) names.add(argument.name);
    }
  }
  return names;
}

/** Replaces in what graphql-js says of an operation each quoted text that has other names than those of the schema. */
export function withoutForeignNames(message: string, isKnown: IsSchemaName): string {
  return message.replaceAll(/"([^"]*)"/g, (quoted, text: string) =>
    (text.match(/\w+/g) ?? []).every(isKnown) ? quoted : UNKNOWN_NAME,
  );
}
