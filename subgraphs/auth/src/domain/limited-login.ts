import { identifierKey } from './identity-keys.js';
import type { Login, LoginAttempt } from './login.js';
import { networkOf } from './network.js';
import type { Storage } from './ports.js';
import {
  countAttempt,
  refuseFor,
  UNKNOWN_NETWORK,
  withdrawAttempt,
  type Counter,
  type RateLimits,
} from './rate-limit.js';

/** What limiting logins takes. */
export interface LimitedLoginDeps {
  readonly login: Login;
  readonly limits: RateLimits;
  readonly storage: Storage;
}

/** Stands for the id of an account where there is none, so that looking for its devices costs the same. */
const NOBODY = '';

/** Stands for a device that is none of those known at its network. */
const OTHER_DEVICE = '*';

/**
 * Limits failed logins (OWASP ASVS 5, 6.3.1): from one network, whichever accounts it tries; from one network at one
 * account; and at one account, wherever they come from. It does not matter whether the account exists. A login that
 * succeeds is not counted, and ends the count of its network at its account, but no count that it shares with others.
 *
 * Strangers can use up all of that. So where an account has had a session before, it has attempts beyond, which nobody
 * elsewhere can use up, and nobody at the same network either who does not claim to be the same device.
 */
export function createLimitedLogin({ login, limits, storage }: LimitedLoginDeps): Login {
  return async (attempt) => {
    const name = nameOf(attempt.identifier);
    const network = networkOf(attempt.origin.ipAddress) ?? UNKNOWN_NETWORK;
    const own = { limit: limits.loginAccountAtNetwork, subject: `${name} ${network}` };
    const counters = [
      { limit: limits.loginNetwork, subject: network },
      own,
      { limit: limits.loginAccount, subject: name },
    ];
    const wait = await countAttempt(counters);
    if (wait === 0) return tryLogin(attempt, counters, own);

    const device = await knownDeviceOf(attempt);
    if (device === null) throw refuseFor(wait);
    const known = { limit: limits.loginKnownDevice, subject: device };
    const waitOfDevice = await countAttempt([known]);
    if (waitOfDevice > 0) throw refuseFor(waitOfDevice);
    return tryLogin(attempt, [known], known);
  };

  /** @param own - The count that success ends. */
  async function tryLogin(attempt: LoginAttempt, counters: readonly Counter[], own: Counter) {
    try {
      const result = await login(attempt);
      if (result.ok) {
        await withdrawAttempt(counters);
        await own.limit.forget(own.subject);
      }
      return result;
    } catch (error) {
      // Nothing has been tried: an overload must not use up anybody's attempts.
      await withdrawAttempt(counters);
      throw error;
    }
  }

  /** The device, if the account has had a session at its network. An unknown account costs the same questions. */
  async function knownDeviceOf({ identifier, origin }: LoginAttempt): Promise<string | null> {
    const network = networkOf(origin.ipAddress);
    if (network === null) return null;
    const found = await storage.accounts.findWithCredentials(identifierKey(identifier));
    const id = found?.account.id ?? NOBODY;
    const userAgents = await storage.sessions.listUserAgentsAt(id, network);
    if (userAgents.length === 0) return null;
    const { userAgent } = origin;
    return `${id} ${network} ${userAgent !== null && userAgents.includes(userAgent) ? userAgent : OTHER_DEVICE}`;
  }
}

function nameOf(identifier: string): string {
  const key = identifierKey(identifier);
  return 'emailKey' in key ? key.emailKey : key.usernameKey;
}
