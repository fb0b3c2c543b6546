import { requireViewer } from '@identity/service-kit/authentication';
import { unauthenticated } from '@identity/service-kit/errors';
import type { QueryResolvers } from '../__generated__/resolvers.js';
import { toConnection } from './connection.js';
import { loadNode, loadNodes } from './node.js';
import { introspectToken } from './token-info.js';

export const query: QueryResolvers = {
  async me(_parent, _arguments, { authentication, accounts }) {
    if (authentication.kind === 'anonymous') return null;
    const account = await accounts.load(requireViewer(authentication).userId);
    // The account is gone although its token still verifies.
    if (account === null) throw unauthenticated('TOKEN_REVOKED');
    return account;
  },

  validateToken: (_parent, { token }, context) => introspectToken(token ?? null, context),

  user: (_parent, { id }, { accounts }) => accounts.load(id),

  userByUsername: (_parent, { username }, { useCases, time }) => useCases.findUsername(username, time),

  node: (_parent, { id }, context) => loadNode(id, context),

  nodes: (_parent, { ids }, context) => loadNodes(ids, context),

  async users(_parent, { first, after, last, before, filter }, { useCases, time }) {
    const listing = {
      first: first ?? null,
      after: after ?? null,
      last: last ?? null,
      before: before ?? null,
      query: filter?.query ?? null,
      status: filter?.status ?? null,
      role: filter?.role ?? null,
    };
    return toConnection(await useCases.listAccounts(listing, time));
  },
};
