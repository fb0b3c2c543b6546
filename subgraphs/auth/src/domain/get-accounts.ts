import type { Account } from './account.js';
import { usernameKey } from './identity-keys.js';
import { isIdOf } from './ids.js';
import type { AccountStore } from './ports.js';

/** Reads any number of accounts at once, in the order asked for; null where there is none. */
export type GetAccounts = (ids: readonly string[]) => Promise<readonly (Account | null)[]>;

export function createGetAccounts(accounts: AccountStore): GetAccounts {
  return async (ids) => {
    const possible = ids.filter((id) => isIdOf('user', id));
    const accountsFound = possible.length === 0 ? [] : await accounts.findByIds(possible);
    const found = new Map(accountsFound.map((account) => [account.id, account]));
    return ids.map((id) => found.get(id) ?? null);
  };
}

/** Finds an account by its username, without regard to case. */
export type FindUsername = (username: string) => Promise<Account | null>;

export function createFindUsername(accounts: AccountStore): FindUsername {
  return (username) => accounts.findByUsernameKey(usernameKey(username));
}
