import type { ChangePassword } from './change-password.js';
import type { SessionStore } from './ports.js';
import { countersOfNetwork, withinLimits, type NetworkLimit, type RateLimit } from './rate-limit.js';
import type { RefreshSession } from './refresh-session.js';
import { MAX_TOKEN_CHARACTERS, refreshTokenDigest } from './refresh-token.js';
import type { Register } from './register.js';

/** Limits registrations from one network, successful or not: they cost a hash, and tell whether names are taken. */
export function createLimitedRegister(register: Register, limits: NetworkLimit): Register {
  return (registration) =>
    withinLimits(countersOfNetwork(limits, registration.origin.ipAddress), () => register(registration));
}

/** What limiting refreshes takes. */
export interface LimitedRefreshDeps {
  readonly refreshSession: RefreshSession;
  readonly limits: NetworkLimit;
  readonly sessions: Pick<SessionStore, 'findRefreshToken'>;
}

/**
 * Limits refreshes with tokens that were made up, from one network, and all others in one session: so nobody can use up
 * those of somebody else. Nobody can guess a token; what is limited is the work.
 */
export function createLimitedRefreshSession({ refreshSession, limits, sessions }: LimitedRefreshDeps): RefreshSession {
  const [ofSession] = limits;

  return async (attempt) => {
    const sessionId = await sessionOf(attempt.refreshToken);
    const counters =
      sessionId === null
        ? countersOfNetwork(limits, attempt.origin.ipAddress)
        : [{ limit: ofSession, subject: sessionId }];
    return withinLimits(counters, () => refreshSession(attempt));
  };

  async function sessionOf(refreshToken: string): Promise<string | null> {
    if (refreshToken.length > MAX_TOKEN_CHARACTERS) return null;
    return (await sessions.findRefreshToken(refreshTokenDigest(refreshToken)))?.sessionId ?? null;
  }
}

/**
 * Limits tries of the current password by whoever holds an access token. By session and not by account: whoever has
 * stolen the token of one cannot use up the attempts of the owner in another.
 */
export function createLimitedChangePassword(changePassword: ChangePassword, limit: RateLimit): ChangePassword {
  return (viewer, change) => withinLimits([{ limit, subject: viewer.sessionId }], () => changePassword(viewer, change));
}
