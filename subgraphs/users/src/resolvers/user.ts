import type { UserResolvers } from '../__generated__/resolvers.js';

/** What the resolvers of `User` start from: this subgraph knows nothing else of an account. */
export interface UserParent {
  readonly id: string;
}

export const user: UserResolvers = {
  __resolveReference: ({ id }) => ({ id }),
  profile: ({ id }, _arguments, { profiles }) => profiles.load(id),
};
