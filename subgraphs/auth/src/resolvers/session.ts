import type { SessionResolvers } from '../__generated__/resolvers.js';
import type { Session } from '../domain/session.js';

/** What the resolvers of `Session` start from. */
export type SessionParent = Session & {
  /** The request was made with this session, and has ended it. */
  readonly endedByItself?: true;
};

export const session: SessionResolvers = {
  current: ({ id, endedByItself }, _arguments, { authentication }) =>
    endedByItself === true || (authentication.kind === 'authenticated' && authentication.viewer.sessionId === id),
};
