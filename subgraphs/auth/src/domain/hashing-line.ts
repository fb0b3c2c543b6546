import type { HashingLine } from './ports.js';
import type { RateLimit } from './rate-limit.js';

/** Tells in which line the password of somebody waits who proves to have had a session of the account. */
export type LineOf = (userId: string) => Promise<HashingLine>;

/**
 * Creates it. Who has an account of their own could fill the line of those who are known; so each account has a few
 * turns there, and waits among all others when it has had them.
 */
export function createLineOf(limit: RateLimit): LineOf {
  return async (userId) => ((await limit.count(`ahead ${userId}`)) === 0 ? 'known' : 'anybody');
}
