import { networkOf } from '@identity/service-kit/network';
import type { SessionStore } from './ports.js';
import { countAttempt, countersOfNetwork, type Counter, type RateLimits } from './rate-limit.js';
import type { Origin } from './session.js';

/** An attempt at a name, from a device that proves nothing. */
export interface UnprovenAttempt {
  readonly name: string;
  /** The id of the account of this name, or whatever stands for nobody's. */
  readonly id: string;
  readonly origin: Origin;
}

/** An attempt that may be made beyond all limits, and what it has been counted for. */
export interface AttemptBeyond {
  readonly failures: readonly Counter[];
  /** The one of the failures that success ends. */
  readonly own: Counter;
  /** Whether the right password lets in: the account has had a session at the network. */
  readonly isKnown: boolean;
}

/** Null when there is none left. */
export type CountBeyond = (attempt: UnprovenAttempt) => Promise<AttemptBeyond | null>;

/** Stands for a device that is none of those known at its network. */
const OTHER_DEVICE = '*';

/**
 * Counts attempts beyond all limits by network and user agent, and by network once more, so that neighbours have to claim
 * to be the same browser to use them up. None of that depends on the account: how many there are would tell who has had a
 * session there. What the account itself allows decides only whether the right password lets in.
 */
export function createCountBeyond(limits: RateLimits, sessions: Pick<SessionStore, 'listUserAgentsAt'>): CountBeyond {
  return async ({ name, id, origin: { ipAddress, userAgent } }) => {
    const network = networkOf(ipAddress);
    if (network === null) return null;
    const ofAnybody = [
      { limit: limits.loginKnownDevice, subject: `beyond ${network} ${userAgent ?? ''}` },
      ...countersOfNetwork(limits.loginNetwork, ipAddress).map(({ limit, subject }) => ({
        limit,
        subject: `beyond ${subject}`,
      })),
    ];
    if ((await countAttempt(ofAnybody)) > 0) return null;
    const userAgents = await sessions.listUserAgentsAt(id, network);
    const device = userAgents.includes(userAgent) ? (userAgent ?? '') : OTHER_DEVICE;
    const own = { limit: limits.loginKnownDevice, subject: `${name} ${network} ${device}` };
    const isWithin = (await countAttempt([own])) === 0;
    const failures = isWithin ? [...ofAnybody, own] : ofAnybody;
    return { failures, own, isKnown: isWithin && userAgents.length > 0 };
  };
}
