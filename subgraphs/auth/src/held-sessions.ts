import type { VerifyPastAccessToken } from '@identity/service-kit/access-token-verifier';
import { bearerTokenOf } from '@identity/service-kit/authentication';
import type { DeviceProofs } from './domain/device-proofs.js';
import type { HeldSessionIds } from './domain/limited-login.js';
import type { SessionStore } from './domain/ports.js';
import { refreshTokenDigest } from './domain/refresh-token.js';

/** What a client has sent along; null without it. */
export interface SentTokens {
  readonly authorization: string | null;
  /** The refresh token in the cookie of a client in cookie mode. */
  readonly refreshToken: string | null;
  /** What a browser has kept beyond its sessions. */
  readonly proofs: readonly string[];
}

/** What sessions are known by. */
export interface HeldSessionsDeps {
  readonly verifyPast: VerifyPastAccessToken;
  readonly sessions: Pick<SessionStore, 'findRefreshToken' | 'listOwned'>;
  readonly deviceProofs: DeviceProofs;
}

/**
 * Finds out which sessions of an account a client proves to have had: by an access token that may have expired, a refresh
 * token, or what a browser keeps when it has neither any more.
 */
export function createHeldSessions(deps: HeldSessionsDeps): (sent: SentTokens) => HeldSessionIds {
  const { verifyPast, sessions, deviceProofs } = deps;

  /** They may be anybody's. */
  async function sessionsOfTokens({ authorization, refreshToken }: SentTokens): Promise<readonly string[]> {
    const accessToken = authorization === null ? null : bearerTokenOf(authorization);
    const [claims, record] = await Promise.all([
      accessToken === null ? null : verifyPast(accessToken),
      refreshToken === null ? null : sessions.findRefreshToken(refreshTokenDigest(refreshToken)),
    ]);
    return [claims?.sid, record?.sessionId].filter((id) => id !== undefined);
  }

  return (sent) => async (findUserId) => {
    if (sent.authorization === null && sent.refreshToken === null && sent.proofs.length === 0) return [];
    const [userId, ids] = await Promise.all([findUserId(), sessionsOfTokens(sent)]);
    const owned = ids.length === 0 ? [] : await sessions.listOwned(userId, ids);
    const proven = sent.proofs.map((proof) => deviceProofs.sessionOf(proof, userId)).filter((id) => id !== null);
    // Whoever proves one session twice is one device all the same.
    return [...new Set([...owned, ...proven])];
  };
}
