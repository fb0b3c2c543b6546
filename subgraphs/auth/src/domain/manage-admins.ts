import type { Account } from './account.js';
import type { GetAccounts } from './get-accounts.js';
import { identifierKey } from './identity-keys.js';
import { isIdOf } from './ids.js';
import type { AccountSearch, AccountStore } from './ports.js';
import type { SetUserRoles } from './set-user-roles.js';
import { fail, notFound, succeed, type Result } from './user-errors.js';

/** What became of an account that was to be made an administrator, or to be one no more. */
export interface AdminChange {
  readonly account: Account;
  /** False when it was as wished already. */
  readonly changed: boolean;
  readonly endedSessionCount: number;
}

/**
 * What whoever runs the service can do about its administrators, without being one. Accounts are named by their e-mail
 * address, their username or their id.
 */
export interface ManageAdmins {
  grant(name: string): Promise<Result<AdminChange>>;
  /** When it resolves, no service accepts the tokens of the account. */
  revoke(name: string): Promise<Result<AdminChange>>;
  /** All administrators, in the order of their registration. */
  list(): Promise<readonly Account[]>;
}

export interface ManageAdminsDeps {
  readonly accounts: Pick<AccountStore, 'findWithCredentials'>;
  readonly search: Pick<AccountSearch, 'findIds'>;
  readonly getAccounts: GetAccounts;
  readonly setUserRoles: SetUserRoles;
}

const ADMINS = { prefix: null, status: null, role: 'ADMIN' } as const;
/** How many administrators are read at once. */
const BATCH = 100;

export function createManageAdmins({ accounts, search, getAccounts, setUserRoles }: ManageAdminsDeps): ManageAdmins {
  async function change(name: string, becomesAdmin: boolean): Promise<Result<AdminChange>> {
    // No username is as long as an id.
    const known = await accounts.findWithCredentials(isIdOf('user', name) ? { id: name } : identifierKey(name));
    if (known === null) return fail(notFound('name'));
    const { id, roles } = known.account;
    const result = await setUserRoles('operator', id, becomesAdmin ? ['USER', 'ADMIN'] : ['USER']);
    if (!result.ok) return result;
    const { account, endedSessions } = result.value;
    return succeed({
      account,
      changed: roles.includes('ADMIN') !== becomesAdmin,
      endedSessionCount: endedSessions.length,
    });
  }

  return {
    grant: (name) => change(name, true),
    revoke: (name) => change(name, false),
    async list() {
      const admins: Account[] = [];
      let afterId: string | null = null;
      do {
        const ids: readonly string[] = await search.findIds(ADMINS, {
          afterId,
          beforeId: null,
          fromEnd: false,
          limit: BATCH,
        });
        for (const account of await getAccounts(ids)) if (account !== null) admins.push(account);
        afterId = ids.length < BATCH ? null : (ids.at(-1) ?? null);
      } while (afterId !== null);
      return admins;
    },
  };
}
