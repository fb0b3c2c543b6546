import type { Account } from './account.js';

/** The pair of tokens that a client holds for a session. */
export interface AuthTokens {
  /** The session that they are of. */
  readonly sessionId: string;
  readonly accessToken: string;
  readonly accessTokenExpiresAt: Date;
  readonly refreshToken: string;
  readonly refreshTokenExpiresAt: Date;
}

/** An account that has just proven itself, with the tokens of its session, and the ids of sessions that have ended for it. */
export interface Authenticated {
  readonly account: Account;
  readonly tokens: AuthTokens;
  readonly replacedSessions: readonly string[];
}

/** The next tokens of a session, and the ids of sessions that have ended for it. */
export type Refreshed = Omit<Authenticated, 'account'>;
