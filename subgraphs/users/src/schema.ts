import { dateTimeScalar, jsonObjectScalar, textScalar } from '@identity/service-kit/scalars';
import { createSubgraphSchema } from '@identity/service-kit/subgraph-schema';
import type { GraphQLSchema } from 'graphql';
import type { Resolvers, ResolversParentTypes } from './__generated__/resolvers.js';
import { mutation } from './resolvers/mutation.js';
import { subjectOfProfile } from './resolvers/profile.js';
import { userError } from './resolvers/user-error.js';
import { user } from './resolvers/user.js';

const resolvers: Resolvers = {
  DateTime: dateTimeScalar,
  JSONObject: jsonObjectScalar,
  Locale: textScalar('Locale'),
  TimeZone: textScalar('TimeZone'),
  URL: textScalar('URL'),
  Mutation: mutation,
  User: user,
  UserError: userError,
};

/** The schema of this subgraph. */
export function createSchema(): GraphQLSchema {
  return createSubgraphSchema<ResolversParentTypes>(new URL('../schema.graphql', import.meta.url), resolvers, {
    Profile: subjectOfProfile,
  });
}
