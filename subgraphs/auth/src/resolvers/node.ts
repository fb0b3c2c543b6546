import { badUserInput } from '@identity/service-kit/errors';
import type { NodeResolvers } from '../__generated__/resolvers.js';
import type { AuthContext } from '../context.js';
import type { Account } from '../domain/account.js';
import type { Session } from '../domain/session.js';

const MAX_NODES = 100;

export const node: NodeResolvers = {
  __resolveType: ({ id }) => (id.startsWith('session_') ? 'Session' : 'User'),
};

/** Loads whatever the id stands for; null when there is nothing that the caller may see. */
export async function loadNode(id: string, { accounts, sessions }: AuthContext): Promise<Account | Session | null> {
  if (id.startsWith('user_')) return accounts.load(id);
  if (id.startsWith('session_')) return sessions.load(id);
  return null;
}

/** @throws PublicError BAD_USER_INPUT for more than 100 ids. */
export async function loadNodes(ids: readonly string[], context: AuthContext): Promise<(Account | Session | null)[]> {
  if (ids.length > MAX_NODES) throw badUserInput('ids', `at most ${String(MAX_NODES)} at once`);
  return Promise.all(ids.map((id) => loadNode(id, context)));
}
