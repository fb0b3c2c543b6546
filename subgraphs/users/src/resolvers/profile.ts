import { requireSelfOrAdmin } from '@identity/service-kit/self-access';
import type { ProfileResolvers } from '../__generated__/resolvers.js';

export const profile: ProfileResolvers = {
  preferences({ userId, preferences }, _arguments, { authentication }) {
    requireSelfOrAdmin(authentication, userId);
    return preferences;
  },
};
