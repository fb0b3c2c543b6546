import { defaultFieldResolver, type GraphQLSchema } from 'graphql';
import { badUserInput } from './errors.js';

/** How many entities one call may ask a subgraph for. The gateway splits what is more into several calls. */
export const MAX_REPRESENTATIONS = 100;

/** Makes a subgraph's `_entities` refuse more representations than one call may have, with BAD_USER_INPUT. */
export function limitRepresentations(schema: GraphQLSchema): void {
  const field = schema.getQueryType()?.getFields()['_entities'];
  if (field === undefined) return;
  const resolve = field.resolve ?? defaultFieldResolver;
  field.resolve = (parent, fieldArguments: Readonly<Record<string, unknown>>, context, info): unknown => {
    const { representations } = fieldArguments;
    if (Array.isArray(representations) && representations.length > MAX_REPRESENTATIONS)
      throw badUserInput('representations', `at most ${String(MAX_REPRESENTATIONS)} at once`);
    return resolve(parent, fieldArguments, context, info);
  };
}
