import type { Clock } from '@identity/service-kit/clock';
import type { ChangePassword } from './change-password.js';
import type { SessionStore } from './ports.js';
import { countersOfNetwork, withinLimits, type Counter, type NetworkLimit, type RateLimit } from './rate-limit.js';
import type { RefreshAttempt, RefreshSession } from './refresh-session.js';
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
  readonly sessions: Pick<SessionStore, 'findRefreshToken' | 'findLive'>;
  readonly clock: Clock;
}

/**
 * Limits refreshes with tokens that were made up, from one network, and all others in one session: so nobody can use up
 * those of somebody else. Nobody can guess a token; what is limited is the work. A used token of a live session is limited
 * by itself: it shows a theft, and the thief must not hide that by many refreshes (RFC 9700, section 4.14.2).
 */
export function createLimitedRefreshSession({
  refreshSession,
  limits,
  sessions,
  clock,
}: LimitedRefreshDeps): RefreshSession {
  const [ofSession] = limits;

  return async (attempt) => withinLimits(await countersOf(attempt), () => refreshSession(attempt));

  async function countersOf({ refreshToken, origin }: RefreshAttempt): Promise<readonly Counter[]> {
    const isTooLong = refreshToken.length > MAX_TOKEN_CHARACTERS;
    const record = isTooLong ? null : await sessions.findRefreshToken(refreshTokenDigest(refreshToken));
    if (record === null) return countersOfNetwork(limits, origin.ipAddress);
    const { sessionId, isUsed } = record;
    const isRepeated = isUsed && (await sessions.findLive(sessionId, clock())) !== null;
    return [{ limit: ofSession, subject: isRepeated ? refreshTokenDigest(refreshToken).toString('hex') : sessionId }];
  }
}

/**
 * Limits tries of the current password by whoever holds an access token. By session and not by account: whoever has
 * stolen the token of one cannot use up the attempts of the owner in another.
 */
export function createLimitedChangePassword(changePassword: ChangePassword, limit: RateLimit): ChangePassword {
  return (viewer, change) => withinLimits([{ limit, subject: viewer.sessionId }], () => changePassword(viewer, change));
}
