import { requireSelfOrAdmin } from '@identity/service-kit/self-access';
import type { UserResolvers } from '../__generated__/resolvers.js';
import type { AuthContext } from '../context.js';
import type { Account } from '../domain/account.js';
import { toConnection } from './connection.js';

/** What the resolvers of `User` start from. */
export type UserParent = Account & {
  /** The request itself has just proven, by password or by opening the account, that the caller is this account. */
  readonly provenByRequest?: true;
};

export const user: UserResolvers = {
  __resolveReference: ({ id }, { accounts }) => accounts.load(id),

  email: (account, _arguments, context) => readableBySelf(account, context).email,
  emailVerified: (account, _arguments, context) => readableBySelf(account, context).emailVerified,
  roles: (account, _arguments, context) => readableBySelf(account, context).roles,
  status: (account, _arguments, context) => readableBySelf(account, context).status,
  twoFactorEnabled: (account, _arguments, context) => readableBySelf(account, context).twoFactorEnabled,

  async sessions(account, { first, after }, context) {
    const { id } = readableBySelf(account, context);
    return toConnection(await context.useCases.listSessions({ userId: id, first, after: after ?? null }));
  },
};

/** Hands out an account to itself and to an ADMIN. @throws PublicError FORBIDDEN or UNAUTHENTICATED for anybody else. */
function readableBySelf(account: UserParent, { authentication }: AuthContext): Account {
  if (account.provenByRequest !== true) requireSelfOrAdmin(authentication, account.id);
  return account;
}
