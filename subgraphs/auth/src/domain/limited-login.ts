import type { LineOf } from './hashing-line.js';
import { identifierKey } from './identity-keys.js';
import type { Login, LoginAttempt } from './login.js';
import { networkOf } from '@identity/service-kit/network';
import type { Storage } from './ports.js';
import {
  countAttempt,
  countersOfNetwork,
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
  readonly lineOf: LineOf;
  readonly limits: RateLimits;
  readonly storage: Storage;
}

/** What one attempt is counted for. */
interface Counts {
  readonly failures: readonly Counter[];
  /** The one of the failures that success ends. */
  readonly own: Counter;
  readonly success: Counter;
  /** The account that the device proves to have had a session of; null without one. */
  readonly provenId: string | null;
}

/** Stands for the id of an account where there is none, so that looking for its devices costs the same. */
const NOBODY = '';

/** Stands for a device that is none of those known at its network. */
const OTHER_DEVICE = '*';

/**
 * Limits failed logins (OWASP ASVS 5, 6.3.1): from one network and those around it, whichever accounts they try; from one network at one
 * account; and at one account, wherever they come from. It does not matter whether the account exists. A login that
 * succeeds is not counted there, and ends the count of its network at its account, but no count that it shares with
 * others. It has a count of its own, by account and network, because its hash and its session cost as much as any.
 *
 * Strangers can use up all of that. So a device has attempts beyond that proves to have had a session of the account:
 * nobody else can use those up, and its password does not wait behind those of strangers. So has one where the account has
 * had a session before: nobody elsewhere can use these up, and nobody at the same network either who does not claim to be
 * the same device; but it waits among strangers, because a shorter wait would tell them who has an account.
 */
export function createLimitedLogin({ login, lineOf, limits, storage }: LimitedLoginDeps): LimitedLogin {
  return async (attempt, heldSessionIds) => {
    const name = nameOf(attempt.identifier);
    const network = networkOf(attempt.origin.ipAddress) ?? UNKNOWN_NETWORK;
    const own = { limit: limits.loginAccountAtNetwork, subject: `${name} ${network}` };
    const success = { limit: limits.loginSuccess, subject: own.subject };
    const failures = [
      ...countersOfNetwork(limits.loginNetwork, attempt.origin.ipAddress),
      own,
      { limit: limits.loginAccount, subject: name },
    ];
    const id = await accountIdOf(attempt);
    const held = await heldSessionIds(id);
    const provenId = held.length === 0 ? null : id;
    const wait = await countAttempt(failures);
    if (wait === 0) return tryLogin(attempt, { failures, own, success, provenId });

    let shortestWait = Number.POSITIVE_INFINITY;
    const atNetwork = await deviceAtNetwork(id, attempt.origin);
    // The surest first.
    for (const subject of atNetwork === null ? held : [...held, atNetwork]) {
      const known = { limit: limits.loginKnownDevice, subject };
      const waitOfDevice = await countAttempt([known]);
      if (waitOfDevice === 0) return tryLogin(attempt, { failures: [known], own: known, success, provenId });
      shortestWait = Math.min(shortestWait, waitOfDevice);
    }
    throw refuseFor(Number.isFinite(shortestWait) ? shortestWait : wait);
  };

  /**
   * Counted as a failure already. A success is counted only when it is one, or those who do not know the password could
   * use up the logins of those who do; so the limit may be exceeded by the few that are in work at the same time.
   */
  async function tryLogin(attempt: LoginAttempt, { failures, own, success, provenId }: Counts) {
    const wait = await success.limit.wait(success.subject);
    if (wait > 0) {
      await withdrawAttempt(failures);
      throw refuseFor(wait);
    }
    try {
      const result = await login(attempt, provenId === null ? 'anybody' : await lineOf(provenId));
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

  async function accountIdOf({ identifier }: LoginAttempt): Promise<string> {
    const found = await storage.accounts.findWithCredentials(identifierKey(identifier));
    return found?.account.id ?? NOBODY;
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
