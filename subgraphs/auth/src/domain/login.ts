import type { Clock } from '@identity/service-kit/clock';
import type { AccountWithCredentials } from './account.js';
import { endLost, tellEnded, type EndedSessions, type LostSession } from './end-lost-session.js';
import { identifierKey } from './identity-keys.js';
import type { OpenSession } from './open-session.js';
import { canBePassword, normalizePassword } from './password-policy.js';
import type { HashingLine, PasswordHasher, PasswordsOfRequest, RevocationFeed, Storage } from './ports.js';
import type { Origin } from './session.js';
import type { Authenticated } from './tokens.js';
import { accountSuspended, fail, invalidCredentials, succeed, type Result } from './user-errors.js';
import { validateDeviceName } from './validate-identity.js';

/** Who wants in, from where. */
export interface LoginAttempt {
  /** An e-mail address or a username. */
  readonly identifier: string;
  readonly password: string;
  readonly deviceName: string | null;
  readonly origin: Origin;
  /** The session that it is made in. */
  readonly madeIn: LostSession;
}

export interface LoginDeps {
  readonly storage: Storage;
  readonly passwords: PasswordHasher;
  readonly openSession: OpenSession;
  readonly revocations: RevocationFeed;
  readonly clock: Clock;
}

export type Login = (attempt: LoginAttempt, line: HashingLine) => Promise<Result<Authenticated>>;

/** A session that is open; the end of those that it replaces still has to be told. */
type Entered = Omit<Authenticated, 'replacedSessions'> & { readonly replaced: EndedSessions };

/** Longer than any identifier that can exist: not worth a look-up. */
const MAX_IDENTIFIER_CHARACTERS = 320;

/**
 * Opens a session with a password, and ends the one that the login is made in (OWASP ASVS 5, 7.2.4). An unknown name costs
 * what a wrong password costs and is told the same.
 */
export function createLogin({ storage, passwords, openSession, revocations, clock }: LoginDeps): Login {
  return async (attempt, line) => {
    const problems = validateDeviceName(attempt.deviceName);
    if (problems.length > 0) return fail(...problems);
    if (attempt.identifier.length > MAX_IDENTIFIER_CHARACTERS || !canBePassword(attempt.password))
      return fail(invalidCredentials());
    // Another login may just have replaced the hash by a stronger one of the same password.
    const tried = passwords.forRequest(line);
    const result = (await enter(attempt, tried)) ?? (await enter(attempt, tried)) ?? fail(invalidCredentials());
    if (!result.ok) return result;
    const { account, tokens, replaced } = result.value;
    return succeed({ account, tokens, replacedSessions: await tellEnded(revocations, replaced) });
  };

  /** Null when the hash was replaced while the password was being checked against it. */
  async function enter(
    { identifier, password, deviceName, origin, madeIn }: LoginAttempt,
    tried: PasswordsOfRequest,
  ): Promise<Result<Entered> | null> {
    const normalized = normalizePassword(password);
    const known = await storage.accounts.findWithCredentials(identifierKey(identifier));
    const proven = await tried.verify(normalized, known?.passwordHash ?? null);
    if (known === null || !proven) return fail(invalidCredentials());
    if (known.account.status !== 'ACTIVE') return fail(accountSuspended());

    const checkedHash = passwords.needsRehash(known.passwordHash)
      ? await rehash(known, normalized, tried)
      : known.passwordHash;

    return storage.atomically(async ({ accounts, sessions }) => {
      // The password may have been changed, or the account locked, while the old one was being checked.
      const current = await accounts.lockWithCredentials(known.account.id);
      if (current?.passwordHash !== checkedHash) return null;
      if (current.account.status !== 'ACTIVE') return fail(accountSuspended());
      const at = clock();
      const tokens = await openSession(sessions, { account: current.account, deviceName, origin, at });
      const loss = { reason: 'REPLACED', exceptId: tokens.sessionId } as const;
      return succeed({ account: current.account, tokens, replaced: await endLost(sessions, madeIn, loss, at) });
    });
  }

  async function rehash(known: AccountWithCredentials, password: string, tried: PasswordsOfRequest): Promise<string> {
    const { account, passwordHash: from } = known;
    const to = await tried.hash(password);
    return (await storage.accounts.replacePasswordHash(account.id, from, to)) ? to : from;
  }
}
