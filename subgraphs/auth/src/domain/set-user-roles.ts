import type { Role } from '@identity/service-kit/access-token';
import type { Clock } from '@identity/service-kit/clock';
import type { Actor, AdministerAccount, AdministeredAccount } from './administer-account.js';
import { fail, lastAdmin, succeed, type Result } from './user-errors.js';

/** Replaces the roles of an account; USER belongs to every account and is kept. */
export type SetUserRoles = (
  actor: Actor,
  userId: string,
  roles: readonly Role[],
) => Promise<Result<AdministeredAccount>>;

/** Who loses a role loses every session with it: their access tokens still name the role. */
export function createSetUserRoles(administerAccount: AdministerAccount, clock: Clock): SetUserRoles {
  return (actor, userId, wanted) =>
    administerAccount(actor, userId, async ({ accounts, sessions }, account, isLastAdmin) => {
      const isAdmin = account.roles.includes('ADMIN');
      const becomesAdmin = wanted.includes('ADMIN');
      if (isAdmin === becomesAdmin) return succeed({ account, endedSessions: [] });
      if (becomesAdmin) {
        await accounts.addRole(userId, 'ADMIN');
        return succeed({ account: { ...account, roles: [...account.roles, 'ADMIN'] }, endedSessions: [] });
      }
      if (isLastAdmin) return fail(lastAdmin('userId'));
      await accounts.removeRole(userId, 'ADMIN');
      const endedSessions = await sessions.revokeAll(userId, null, 'ROLES_LOWERED', clock());
      return succeed({
        account: { ...account, roles: account.roles.filter((role) => role !== 'ADMIN') },
        endedSessions,
      });
    });
}
