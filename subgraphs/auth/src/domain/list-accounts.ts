import type { Role } from '@identity/service-kit/access-token';
import { badUserInput } from '@identity/service-kit/errors';
import type { RequestTime } from '@identity/service-kit/request-time';
import type { Account, AccountStatus } from './account.js';
import type { GetAccounts } from './get-accounts.js';
import { emailKeyPrefix, usernameKey } from './identity-keys.js';
import { cursorOf, idOfCursor, pageSize, type Page } from './page.js';
import type { AccountCriteria, AccountSearch, Stretch } from './ports.js';

/** Which accounts to list; null where nothing is said. */
export interface AccountListing {
  readonly first: number | null;
  readonly after: string | null;
  readonly last: number | null;
  readonly before: string | null;
  /** How the username or the e-mail address begins. */
  readonly query: string | null;
  readonly status: AccountStatus | null;
  readonly role: Role | null;
}

/**
 * Lists accounts in the order of their registration, from either end.
 *
 * @throws PublicError BAD_USER_INPUT naming the argument at fault.
 */
export type ListAccounts = (listing: AccountListing, time: RequestTime) => Promise<Page<Account>>;

export function createListAccounts(search: AccountSearch, getAccounts: GetAccounts): ListAccounts {
  return async (listing, time) => {
    const size = sizeOf(listing);
    const stretch = stretchOf(listing, size);
    const criteria = criteriaOf(listing);
    const { afterId, beforeId, fromEnd } = stretch;

    const found = await search.findIds(criteria, stretch, time);
    const ids = fromEnd ? found.slice(0, size).reverse() : found.slice(0, size);
    const accounts = await getAccounts(ids, time);
    const more = found.length > size;
    return {
      edges: accounts.flatMap((node) => (node === null ? [] : [{ node, cursor: cursorOf(node.id) }])),
      // Beyond a bound lies what the bound has cut off: at least its own entry, unless that is gone.
      hasNextPage: async () =>
        (more && !fromEnd) || (beforeId !== null && (await search.existsFrom(criteria, beforeId, time))),
      hasPreviousPage: async () =>
        (more && fromEnd) || (afterId !== null && (await search.existsUpTo(criteria, afterId, time))),
      totalCount: () => search.count(criteria, time),
    };
  };
}

function sizeOf({ first, last }: AccountListing): number {
  if (first !== null && last !== null) throw badUserInput('last', 'cannot be combined with first');
  return last === null ? pageSize('first', first) : pageSize('last', last);
}

function stretchOf({ after, before, last }: AccountListing, size: number): Stretch {
  return {
    afterId: idOfCursor('user', 'after', after),
    beforeId: idOfCursor('user', 'before', before),
    fromEnd: last !== null,
    // One more than the page tells whether there is another page.
    limit: size + 1,
  };
}

function criteriaOf({ query, status, role }: AccountListing): AccountCriteria {
  const beginning = query === null ? '' : usernameKey(query);
  return {
    prefix: beginning === '' ? null : { usernameKey: beginning, emailKey: emailKeyPrefix(beginning) },
    status,
    // Every account has the role USER: asking for it asks for nothing.
    role: role === 'USER' ? null : role,
  };
}
