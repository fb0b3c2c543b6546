import { defaultFieldResolver, type GraphQLSchema } from 'graphql';
import { integer } from './environment.js';
import { badUserInput } from './errors.js';

/** How many entities one call may ask a subgraph for, where nobody sets it. */
export const DEFAULT_ENTITIES_PER_CALL = 100;

/** The variable by which it is set: a subgraph refuses more, and the gateway splits what is more into several calls. */
export const entityVariables = {
  MAX_ENTITIES_PER_CALL: integer({ min: 1, max: 1_000 }).default(DEFAULT_ENTITIES_PER_CALL),
};

/** Makes a subgraph's `_entities` refuse more representations than one call may have, with BAD_USER_INPUT. */
export function limitRepresentations(schema: GraphQLSchema, max: number): void {
  const field = schema.getQueryType()?.getFields()['_entities'];
  if (field === undefined) return;
  const resolve = field.resolve ?? defaultFieldResolver;
  field.resolve = (parent, fieldArguments: Readonly<Record<string, unknown>>, context, info): unknown => {
    const { representations } = fieldArguments;
    if (Array.isArray(representations) && representations.length > max)
      throw badUserInput('representations', `at most ${String(max)} at once`);
    return resolve(parent, fieldArguments, context, info);
  };
}
