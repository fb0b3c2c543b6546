import type { UserErrorResolvers } from '../__generated__/resolvers.js';
import type { UserError } from '../domain/user-errors.js';

/** What the resolvers of `UserError` start from. */
export type UserErrorParent = UserError;

export const userError: UserErrorResolvers = {
  __resolveType: ({ code }) => (code === 'VERSION_CONFLICT' ? 'VersionConflictError' : 'InputError'),
};
