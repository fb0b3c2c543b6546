import { GraphQLError, GraphQLScalarType, Kind, valueFromASTUntyped, type ValueNode } from 'graphql';
import { isRecord } from './json.js';

/** An instant, written as RFC 3339 in UTC. Only ever an answer: no input of the API takes one. */
export const dateTimeScalar = new GraphQLScalarType<Date, string>({
  name: 'DateTime',
  serialize(value) {
    if (value instanceof Date && !Number.isNaN(value.getTime())) return value.toISOString();
    throw new GraphQLError('DateTime: not an instant');
  },
  parseValue() {
    throw badInput('DateTime', 'is never an input');
  },
});

/** A JSON object. */
export const jsonObjectScalar = new GraphQLScalarType<Readonly<Record<string, unknown>>>({
  name: 'JSONObject',
  serialize: (value) => {
    if (isRecord(value)) return value;
    throw new GraphQLError('JSONObject: not an object');
  },
  parseValue: (value) => {
    if (isRecord(value)) return value;
    throw badInput('JSONObject', 'must be a JSON object');
  },
  parseLiteral: (node, variables) => {
    const value: unknown = valueFromASTUntyped(node, variables);
    if (isRecord(value)) return value;
    throw badInput('JSONObject', 'must be a JSON object', node);
  },
});

/**
 * A scalar that is text with a meaning, such as an e-mail address. Only the type is checked here: whether the text has
 * the meaning is for the use case to say, as a user error that names the field. The library scalars quote the value
 * in their errors, which must not happen to what people type.
 */
export function textScalar(name: string): GraphQLScalarType<string, string> {
  return new GraphQLScalarType<string, string>({
    name,
    serialize: (value) => {
      if (typeof value === 'string') return value;
      throw new GraphQLError(`${name}: not text`);
    },
    parseValue: (value) => {
      if (typeof value === 'string') return value;
      throw badInput(name, 'must be a string');
    },
    parseLiteral: (node) => {
      if (node.kind === Kind.STRING) return node.value;
      throw badInput(name, 'must be a string', node);
    },
  });
}

/** @param node - Where the value stands in the operation: from it the gateway tells the client which field is wrong. */
function badInput(name: string, problem: string, node?: ValueNode): GraphQLError {
  return new GraphQLError(`${name}: ${problem}`, {
    ...(node === undefined ? {} : { nodes: [node] }),
    extensions: { code: 'BAD_USER_INPUT' },
  });
}
