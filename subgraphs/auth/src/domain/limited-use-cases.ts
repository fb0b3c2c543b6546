import type { ChangePassword } from './change-password.js';
import { networkOf } from '@identity/service-kit/network';
import { UNKNOWN_NETWORK, withinLimits, type RateLimit } from './rate-limit.js';
import type { RefreshSession } from './refresh-session.js';
import type { Register } from './register.js';
import type { Origin } from './session.js';

/** Limits registrations from one network, successful or not: they cost a hash, and tell whether names are taken. */
export function createLimitedRegister(register: Register, limit: RateLimit): Register {
  return (registration) =>
    withinLimits([{ limit, subject: subjectOf(registration.origin) }], () => register(registration));
}

/** Limits refreshes from one network, where many people may be behind one address. Nobody can guess a token. */
export function createLimitedRefreshSession(refreshSession: RefreshSession, limit: RateLimit): RefreshSession {
  return (attempt) => withinLimits([{ limit, subject: subjectOf(attempt.origin) }], () => refreshSession(attempt));
}

/**
 * Limits tries of the current password by whoever holds an access token. By session and not by account: whoever has
 * stolen the token of one cannot use up the attempts of the owner in another.
 */
export function createLimitedChangePassword(changePassword: ChangePassword, limit: RateLimit): ChangePassword {
  return (viewer, change) => withinLimits([{ limit, subject: viewer.sessionId }], () => changePassword(viewer, change));
}

function subjectOf({ ipAddress }: Origin): string {
  return networkOf(ipAddress) ?? UNKNOWN_NETWORK;
}
