import type { RequestTime } from '@identity/service-kit/request-time';
import type { Account } from './account.js';
import { usernameKey } from './identity-keys.js';
import { isIdOf } from './ids.js';
import type { AccountStore } from './ports.js';

/** Reads any number of accounts at once, in the order asked for; null where there is none. */
export type GetAccounts = (ids: readonly string[], time?: RequestTime) => Promise<readonly (Account | null)[]>;

export function createGetAccounts(accounts: AccountStore): GetAccounts {
  return async (ids, time) => {
    const possible = ids.filter((id) => isIdOf('user', id));
    const accountsFound = possible.length === 0 ? [] : await accounts.findByIds(possible, time);
    const found = new Map(accountsFound.map((account) => [account.id, account]));
    return ids.map((id) => found.get(id) ?? null);
  };
}

/** Finds an account by its username, without regard to case. */
export type FindUsername = (username: string, time: RequestTime) => Promise<Account | null>;

export function createFindUsername(accounts: AccountStore): FindUsername {
  return (username, time) => accounts.findByUsernameKey(usernameKey(username), time);
}
