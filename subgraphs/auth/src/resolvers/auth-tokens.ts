import type { AuthTokensResolvers } from '../__generated__/resolvers.js';

export const authTokens: AuthTokensResolvers = {
  tokenType: () => 'Bearer',
  // Whoever runs scripts in the page must not see it (OWASP ASVS 5, 3.3.4).
  refreshToken: ({ refreshToken }, _arguments, { refreshCookie }) => (refreshCookie === null ? refreshToken : ''),
};
