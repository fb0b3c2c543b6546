import type { SessionResolvers } from '../__generated__/resolvers.js';

export const session: SessionResolvers = {
  current: ({ id }, _arguments, { authentication }) =>
    authentication.kind === 'authenticated' && authentication.viewer.sessionId === id,
};
