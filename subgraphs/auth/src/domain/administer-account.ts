import type { Viewer } from '@identity/service-kit/access-token';
import type { Clock } from '@identity/service-kit/clock';
import { unauthenticated } from '@identity/service-kit/errors';
import type { Account } from './account.js';
import { isIdOf } from './ids.js';
import type { RevocationFeed, Storage, Stores } from './ports.js';
import { fail, notFound, type Result } from './user-errors.js';

/** Who changes an account: an administrator, or whoever runs the service and has its database. */
export type Actor = Viewer | 'operator';

/** An account that somebody else has changed. */
export interface AdministeredAccount {
  readonly account: Account;
  /** The ids of the sessions that have ended with the change. */
  readonly endedSessions: readonly string[];
}

/** A change of a locked account. It may be run again after a deadlock, so it must have no other effects. */
export type AccountChange = (
  stores: Stores,
  account: Account,
  isLastAdmin: boolean,
) => Promise<Result<AdministeredAccount>>;

/**
 * Changes an account on behalf of an administrator. When it resolves, no service accepts the tokens of ended sessions.
 *
 * @throws PublicError UNAUTHENTICATED when the actor has just stopped being an administrator; nothing is changed then.
 */
export type AdministerAccount = (
  actor: Actor,
  userId: string,
  change: AccountChange,
) => Promise<Result<AdministeredAccount>>;

export interface AdministerAccountDeps {
  readonly storage: Pick<Storage, 'atomically'>;
  readonly revocations: RevocationFeed;
  readonly clock: Clock;
}

export function createAdministerAccount({ storage, revocations, clock }: AdministerAccountDeps): AdministerAccount {
  return async (actor, userId, change) => {
    if (!isIdOf('user', userId)) return fail(notFound('userId'));
    let lately: readonly string[] = [];
    const result = await storage.atomically(async (stores) => {
      // Locked by everybody first, so that two administrators who depose each other do it one after the other.
      const admins = await stores.accounts.lockActiveAdmins();
      const account = await stores.accounts.lock(userId);
      if (account === null) return fail(notFound('userId'));
      const isLastAdmin = admins.includes(account.id) && admins.length === 1;
      const outcome = await change(stores, account, isLastAdmin);
      if (outcome.ok && actor !== 'operator' && !admins.includes(actor.userId)) throw unauthenticated('TOKEN_REVOKED');
      // Whoever repeats a change finds nothing to end, and must not be told earlier that all has ended.
      if (outcome.ok) lately = await stores.sessions.listLatelyRevoked(account.id, clock());
      return outcome;
    });
    if (result.ok) await revocations.publish(result.value.endedSessions, lately);
    return result;
  };
}
