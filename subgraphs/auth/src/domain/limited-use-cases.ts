import type { ChangePassword } from './change-password.js';
import { countersOfNetwork, withinLimits, type NetworkLimit, type RateLimit } from './rate-limit.js';
import type { RefreshSession } from './refresh-session.js';
import type { Register } from './register.js';

/** Limits registrations from one network, successful or not: they cost a hash, and tell whether names are taken. */
export function createLimitedRegister(register: Register, limits: NetworkLimit): Register {
  return (registration) =>
    withinLimits(countersOfNetwork(limits, registration.origin.ipAddress), () => register(registration));
}

/** Limits refreshes from one network, where many people may be behind one address. Nobody can guess a token. */
export function createLimitedRefreshSession(refreshSession: RefreshSession, limits: NetworkLimit): RefreshSession {
  return (attempt) => withinLimits(countersOfNetwork(limits, attempt.origin.ipAddress), () => refreshSession(attempt));
}

/**
 * Limits tries of the current password by whoever holds an access token. By session and not by account: whoever has
 * stolen the token of one cannot use up the attempts of the owner in another.
 */
export function createLimitedChangePassword(changePassword: ChangePassword, limit: RateLimit): ChangePassword {
  return (viewer, change) => withinLimits([{ limit, subject: viewer.sessionId }], () => changePassword(viewer, change));
}
