import type { Viewer } from '@identity/service-kit/access-token';
import type { Clock } from '@identity/service-kit/clock';
import { unauthenticated } from '@identity/service-kit/errors';
import type { Account, AccountWithCredentials } from './account.js';
import { canBePassword, normalizePassword, type JudgePassword } from './password-policy.js';
import type { LineOf } from './hashing-line.js';
import type { PasswordHasher, PasswordsOfRequest, RevocationFeed, Storage } from './ports.js';
import { fail, invalidCredentials, succeed, type Result } from './user-errors.js';

export interface ChangePasswordDeps {
  readonly storage: Storage;
  readonly passwords: PasswordHasher;
  readonly lineOf: LineOf;
  readonly judgePassword: JudgePassword;
  readonly revocations: RevocationFeed;
  readonly clock: Clock;
}

/** The old and the new password. */
export interface PasswordChange {
  readonly currentPassword: string;
  readonly newPassword: string;
}

/** The ids of the sessions that a change has ended, and of those that have ended lately. */
interface Revoked {
  readonly ended: readonly string[];
  readonly lately: readonly string[];
}

export type ChangePassword = (
  viewer: Viewer,
  change: PasswordChange,
) => Promise<Result<{ readonly account: Account; readonly revokedSessionCount: number }>>;

/** Changes the password and ends every other session of the account (OWASP ASVS 5, 7.4.3). */
export function createChangePassword({
  storage,
  passwords,
  lineOf,
  judgePassword,
  revocations,
  clock,
}: ChangePasswordDeps): ChangePassword {
  const wrongPassword = fail(invalidCredentials(['currentPassword']));

  return async (viewer, { currentPassword, newPassword }) => {
    if (!canBePassword(currentPassword)) return wrongPassword;
    const both = passwords.forRequest(await lineOf(viewer.userId));
    const prove = () => findProven(viewer, currentPassword, both);
    const proven = await prove();
    if (proven === null) return wrongPassword;

    const problems = await judgePassword('newPassword', newPassword, proven.account);
    if (problems.length > 0) return fail(...problems);
    const newHash = await both.hash(normalizePassword(newPassword));

    // A login may just have replaced the hash by a stronger one of the same password.
    const revoked = (await replace(viewer, proven, newHash)) ?? (await replace(viewer, await prove(), newHash));
    if (revoked === null) return wrongPassword;
    const { ended, lately } = revoked;
    await revocations.publish(ended, lately);
    return succeed({ account: proven.account, revokedSessionCount: ended.length });
  };

  async function findProven(
    { userId }: Viewer,
    password: string,
    passwordsOfRequest: PasswordsOfRequest,
  ): Promise<AccountWithCredentials | null> {
    const known = await storage.accounts.findWithCredentials({ id: userId });
    if (known === null) return null;
    return (await passwordsOfRequest.verify(normalizePassword(password), known.passwordHash)) ? known : null;
  }

  /** Null when nothing is proven, or the hash was replaced while the new password was being hashed. */
  async function replace(
    { userId, sessionId }: Viewer,
    proven: AccountWithCredentials | null,
    newHash: string,
  ): Promise<Revoked | null> {
    if (proven === null) return null;
    return storage.atomically(async ({ accounts, sessions }) => {
      const at = clock();
      if (!(await accounts.replacePasswordHash(userId, proven.passwordHash, newHash))) return null;
      // The session may have been ended while passwords were being hashed; rejecting undoes the change.
      if (!(await sessions.lockLive(sessionId, at))) throw unauthenticated('TOKEN_REVOKED');
      return {
        ended: await sessions.revokeAll(userId, sessionId, 'PASSWORD_CHANGED', at),
        lately: await sessions.listLatelyRevoked(userId, at),
      };
    });
  }
}
