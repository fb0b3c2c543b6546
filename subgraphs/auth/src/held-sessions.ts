import type { VerifyPastAccessToken } from '@identity/service-kit/access-token-verifier';
import { bearerTokenOf } from '@identity/service-kit/authentication';
import type { HeldSessionIds } from './domain/limited-login.js';
import type { SessionStore } from './domain/ports.js';
import { refreshTokenDigest } from './domain/refresh-token.js';

/** What a client has sent along; null without it. */
export interface SentTokens {
  readonly authorization: string | null;
  /** The refresh token in the cookie of a client in cookie mode. */
  readonly refreshToken: string | null;
}

/** What sessions are known by. */
export interface HeldSessionsDeps {
  readonly verifyPast: VerifyPastAccessToken;
  readonly sessions: Pick<SessionStore, 'findRefreshToken'>;
}

/** Finds out which sessions a client holds tokens of: an access token that may have expired, and a refresh token. */
export function createHeldSessions({ verifyPast, sessions }: HeldSessionsDeps): (sent: SentTokens) => HeldSessionIds {
  return ({ authorization, refreshToken }) =>
    async () => {
      const accessToken = authorization === null ? null : bearerTokenOf(authorization);
      const [claims, record] = await Promise.all([
        accessToken === null ? null : verifyPast(accessToken),
        refreshToken === null ? null : sessions.findRefreshToken(refreshTokenDigest(refreshToken)),
      ]);
      return [claims?.sid, record?.sessionId].filter((id) => id !== undefined);
    };
}
