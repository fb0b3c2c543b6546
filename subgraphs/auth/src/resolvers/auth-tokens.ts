import type { AuthTokensResolvers } from '../__generated__/resolvers.js';

export const authTokens: AuthTokensResolvers = {
  tokenType: () => 'Bearer',
};
