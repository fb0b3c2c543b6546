import type { Viewer } from '@identity/service-kit/access-token';
import type { Clock } from '@identity/service-kit/clock';
import { unauthenticated } from '@identity/service-kit/errors';
import type { Account } from './account.js';
import { exceedsPasswordLength, normalizePassword, type JudgePassword } from './password-policy.js';
import type { LineOf } from './hashing-line.js';
import type { PasswordHasher, RevocationFeed, Storage } from './ports.js';
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
    if (exceedsPasswordLength(currentPassword)) return wrongPassword;
    const known = await storage.accounts.findWithCredentials({ id: viewer.userId });
    if (known === null) return wrongPassword;
    const line = await lineOf(viewer.userId);
    if (!(await passwords.verify(normalizePassword(currentPassword), known.passwordHash, line))) return wrongPassword;

    const problems = await judgePassword('newPassword', newPassword, known.account);
    if (problems.length > 0) return fail(...problems);
    const newHash = await passwords.hash(normalizePassword(newPassword), line);

    const revoked = await storage.atomically(async ({ accounts, sessions }) => {
      const at = clock();
      const replaced = await accounts.replacePasswordHash(viewer.userId, known.passwordHash, newHash);
      if (!replaced) return null;
      // The session may have been ended while passwords were being hashed; rejecting undoes the change.
      if (!(await sessions.lockLive(viewer.sessionId, at))) throw unauthenticated('TOKEN_REVOKED');
      return {
        ended: await sessions.revokeAll(viewer.userId, viewer.sessionId, 'PASSWORD_CHANGED', at),
        lately: await sessions.listLatelyRevoked(viewer.userId, at),
      };
    });
    if (revoked === null) return wrongPassword;
    const { ended, lately } = revoked;
    await revocations.publish(ended, lately);
    return succeed({ account: known.account, revokedSessionCount: ended.length });
  };
}
