import { identifierKey } from './identity-keys.js';
import type { Login, LoginAttempt } from './login.js';
import { networkOf } from '@identity/service-kit/network';
import type { Storage } from './ports.js';
import {
  countAttempt,
  refuseFor,
  UNKNOWN_NETWORK,
  withdrawAttempt,
  type Counter,
  type RateLimits,
} from './rate-limit.js';
import type { Origin } from './session.js';

/** The ids of the sessions of an account, ended ones as well, that a client proves to have had. */
export type HeldSessionIds = (userId: string) => Promise<readonly string[]>;

/** A login, with what the device has kept of logins before. */
export type LimitedLogin = (attempt: LoginAttempt, heldSessionIds: HeldSessionIds) => ReturnType<Login>;

/** What limiting logins takes. */
export interface LimitedLoginDeps {
  readonly login: Login;
  readonly limits: RateLimits;
  readonly storage: Storage;
}

/** What one attempt is counted for. */
interface Counts {
  readonly failures: readonly Counter[];
  /** The one of the failures that success ends. */
  readonly own: Counter;
  readonly success: Counter;
}

/** Stands for the id of an account where there is none, so that looking for its devices costs the same. */
const NOBODY = '';

/** Stands for a device that is none of those known at its network. */
const OTHER_DEVICE = '*';

/**
 * Limits failed logins (OWASP ASVS 5, 6.3.1): from one network, whichever accounts it tries; from one network at one
 * account; and at one account, wherever they come from. It does not matter whether the account exists. A login that
 * succeeds is not counted there, and ends the count of its network at its account, but no count that it shares with
 * others. It has a count of its own, by account and network, because its hash and its session cost as much as any.
 *
 * Strangers can use up all of that. So a device has attempts beyond that proves to have had a session of the account, and
 * nobody else can use those up. So has one where the account has had a session before: nobody elsewhere can use these up,
 * and nobody at the same network either who does not claim to be the same device.
 */
export function createLimitedLogin({ login, limits, storage }: LimitedLoginDeps): LimitedLogin {
  return async (attempt, heldSessionIds) => {
    const name = nameOf(attempt.identifier);
    const network = networkOf(attempt.origin.ipAddress) ?? UNKNOWN_NETWORK;
    const own = { limit: limits.loginAccountAtNetwork, subject: `${name} ${network}` };
    const success = { limit: limits.loginSuccess, subject: own.subject };
    const failures = [
      { limit: limits.loginNetwork, subject: network },
      own,
      { limit: limits.loginAccount, subject: name },
    ];
    const wait = await countAttempt(failures);
    if (wait === 0) return tryLogin(attempt, { failures, own, success });

    let shortestWait = Number.POSITIVE_INFINITY;
    for (const subject of await knownDevicesOf(attempt, heldSessionIds)) {
      const known = { limit: limits.loginKnownDevice, subject };
      const waitOfDevice = await countAttempt([known]);
      if (waitOfDevice === 0) return tryLogin(attempt, { failures: [known], own: known, success });
      shortestWait = Math.min(shortestWait, waitOfDevice);
    }
    throw refuseFor(Number.isFinite(shortestWait) ? shortestWait : wait);
  };

  /**
   * Counted as a failure already. A success is counted only when it is one, or those who do not know the password could
   * use up the logins of those who do; so the limit may be exceeded by the few that are in work at the same time.
   */
  async function tryLogin(attempt: LoginAttempt, { failures, own, success }: Counts) {
    const wait = await success.limit.wait(success.subject);
    if (wait > 0) {
      await withdrawAttempt(failures);
      throw refuseFor(wait);
    }
    try {
      const result = await login(attempt);
      if (result.ok) {
        await success.limit.count(success.subject);
        await withdrawAttempt(failures);
        await own.limit.forget(own.subject);
      }
      return result;
    } catch (error) {
      // Nothing has been tried: an overload must not use up anybody's attempts.
      await withdrawAttempt(failures);
      throw error;
    }
  }

  /** What the device is known by, the surest first. An unknown account costs the same questions. */
  async function knownDevicesOf({ identifier, origin }: LoginAttempt, heldSessionIds: HeldSessionIds) {
    const found = await storage.accounts.findWithCredentials(identifierKey(identifier));
    const id = found?.account.id ?? NOBODY;
    const own = await heldSessionIds(id);
    const atNetwork = await deviceAtNetwork(id, origin);
    return atNetwork === null ? own : [...own, atNetwork];
  }

  /** The device, if the account has had a session at its network. */
  async function deviceAtNetwork(id: string, { ipAddress, userAgent }: Origin): Promise<string | null> {
    const network = networkOf(ipAddress);
    if (network === null) return null;
    const userAgents = await storage.sessions.listUserAgentsAt(id, network);
    if (userAgents.length === 0) return null;
    return `${id} ${network} ${userAgent !== null && userAgents.includes(userAgent) ? userAgent : OTHER_DEVICE}`;
  }
}

function nameOf(identifier: string): string {
  const key = identifierKey(identifier);
  return 'emailKey' in key ? key.emailKey : key.usernameKey;
}
