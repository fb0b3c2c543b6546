import type { Subject } from '@identity/service-kit/self-access';
import type { UserResolvers } from '../__generated__/resolvers.js';
import type { Account } from '../domain/account.js';
import { readSessionListing } from '../domain/list-sessions.js';
import { toConnection } from './connection.js';

/** What the resolvers of `User` start from. */
export type UserParent = Account & Pick<Subject, 'provenByRequest'>;

export const user: UserResolvers = {
  __resolveReference: ({ id }, { accounts }) => accounts.load(id),

  async sessions({ id }, { first, after }, { sessionPages }) {
    return toConnection(await sessionPages.load(readSessionListing(id, first, after ?? null)));
  },
};

/** Whose an account is. */
export function subjectOfUser({ id, provenByRequest = false }: UserParent): Subject {
  return { userId: id, provenByRequest };
}
