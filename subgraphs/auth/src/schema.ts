import { dateTimeScalar, textScalar } from '@identity/service-kit/scalars';
import { createSubgraphSchema } from '@identity/service-kit/subgraph-schema';
import type { GraphQLSchema } from 'graphql';
import type { Resolvers, ResolversParentTypes } from './__generated__/resolvers.js';
import { authTokens } from './resolvers/auth-tokens.js';
import { mutation } from './resolvers/mutation.js';
import { node } from './resolvers/node.js';
import { query } from './resolvers/query.js';
import { session } from './resolvers/session.js';
import { userError } from './resolvers/user-error.js';
import { subjectOfUser, user } from './resolvers/user.js';

const resolvers: Resolvers = {
  DateTime: dateTimeScalar,
  EmailAddress: textScalar('EmailAddress'),
  Query: query,
  Mutation: mutation,
  Node: node,
  User: user,
  Session: session,
  AuthTokens: authTokens,
  UserError: userError,
};

/** The schema of this subgraph. */
export function createSchema(): GraphQLSchema {
  return createSubgraphSchema<ResolversParentTypes>(new URL('../schema.graphql', import.meta.url), resolvers, {
    User: subjectOfUser,
  });
}
