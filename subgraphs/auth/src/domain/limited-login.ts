import { networkOf } from '@identity/service-kit/network';
import type { LineOf } from './hashing-line.js';
import { identifierKey } from './identity-keys.js';
import type { Login, LoginAttempt } from './login.js';
import { createCountBeyond } from './network-devices.js';
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

/**
 * The ids of the sessions of an account, ended ones as well, that a client proves to have had.
 *
 * @param findUserId - Only asked when the client has sent something that could prove it.
 */
export type HeldSessionIds = (findUserId: () => Promise<string>) => Promise<readonly string[]>;

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

/** Stands for a name that nobody can have, and for the id of an account where there is none: asking costs the same. */
const NOBODY = '';

/**
 * Limits failed logins (OWASP ASVS 5, 6.3.1): from one network and those around it, whichever accounts they try; from one
 * network at one account; and at one account, wherever they come from. It does not matter whether the account exists. A
 * login that succeeds is not counted there, and ends the count of its network at its account, but no count that it shares
 * with others. It has a count of its own, by account and network, because its hash and its session cost as much as any.
 *
 * Strangers can use up all of that. So a device has attempts beyond that proves to have had a session of the account:
 * nobody else can use those up, and its password does not wait behind those of strangers. Whoever proves nothing is told
 * of the limit from then on. But a few passwords are still tried, of whichever name, and the right one lets in where the
 * account has had a session before: a wrong one costs the same time and gets the same answer as a name that nobody has.
 */
export function createLimitedLogin({ login, lineOf, limits, storage }: LimitedLoginDeps): LimitedLogin {
  const countBeyond = createCountBeyond(limits, storage.sessions);

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
    let finding: Promise<string> | null = null;
    const findId = () => (finding ??= accountIdOf(attempt));
    const held = await heldSessionIds(findId);
    const provenId = held.length === 0 ? null : await findId();
    const wait = await countAttempt(failures);
    if (wait === 0) return tryLogin(attempt, { failures, own, success, provenId });

    let shortestWait = wait;
    for (const subject of held) {
      const known = { limit: limits.loginKnownDevice, subject };
      const waitOfDevice = await countAttempt([known]);
      if (waitOfDevice === 0) return tryLogin(attempt, { failures: [known], own: known, success, provenId });
      shortestWait = Math.min(shortestWait, waitOfDevice);
    }
    const beyond = await countBeyond({ name, id: await findId(), origin: attempt.origin });
    if (beyond === null) throw refuseFor(shortestWait);
    const tried = beyond.isKnown ? attempt : { ...attempt, identifier: NOBODY };
    const result = await tryLogin(tried, { ...beyond, success, provenId: null });
    if (!result.ok) throw refuseFor(shortestWait);
    return result;
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
}

function nameOf(identifier: string): string {
  const key = identifierKey(identifier);
  return 'emailKey' in key ? key.emailKey : key.usernameKey;
}
