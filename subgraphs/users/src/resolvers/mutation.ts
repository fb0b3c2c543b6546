import { requireViewer } from '@identity/service-kit/authentication';
import type { MutationResolvers } from '../__generated__/resolvers.js';
import type { UsersContext } from '../context.js';
import type { Profile } from '../domain/profile.js';
import type { Result } from '../domain/user-errors.js';

export const mutation: MutationResolvers = {
  async updateProfile(_parent, { input }, context) {
    const { userId } = requireViewer(context.authentication);
    const update = { ...input, expectedVersion: input.expectedVersion ?? null };
    return toPayload(await context.useCases.updateProfile(userId, update), context);
  },

  async updatePreferences(_parent, { input }, context) {
    const { userId } = requireViewer(context.authentication);
    const update = { ...input, expectedVersion: input.expectedVersion ?? null };
    return toPayload(await context.useCases.updatePreferences(userId, update), context);
  },
};

function toPayload(result: Result<Profile>, { profiles }: UsersContext) {
  if (!result.ok) return { user: null, userErrors: result.userErrors };
  const { userId } = result.value;
  // What was written is what the answer shows, even if somebody else writes in between.
  profiles.clear(userId).prime(userId, result.value);
  return { user: { id: userId }, userErrors: [] };
}
