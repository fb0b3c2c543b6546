import type { Clock } from '@identity/service-kit/clock';
import type { Actor, AdministerAccount, AdministeredAccount } from './administer-account.js';
import { fail, invalidInput, lastAdmin, succeed, type Result, type UserError } from './user-errors.js';

/** Locks an account out and ends all its sessions. Suspending it again changes nothing but the reason. */
export type SuspendUser = (
  actor: Actor,
  suspension: { readonly userId: string; readonly reason: string | null },
) => Promise<Result<AdministeredAccount>>;

const MAX_REASON_CHARACTERS = 500;

export function createSuspendUser(administerAccount: AdministerAccount, clock: Clock): SuspendUser {
  return async (actor, { userId, reason }) => {
    const problems = validateReason(reason);
    if (problems.length > 0) return fail(...problems);
    return administerAccount(actor, userId, async ({ accounts, sessions }, account, isLastAdmin) => {
      if (account.status === 'PENDING_DELETION') return fail(aboutToBeDeleted());
      if (isLastAdmin) return fail(lastAdmin('userId'));
      const at = clock();
      await accounts.suspend(userId, reason, at);
      const endedSessions = await sessions.revokeAll(userId, null, 'SUSPENDED', at);
      return succeed({ account: { ...account, status: 'SUSPENDED' }, endedSessions });
    });
  };
}

/** Lets a suspended account in again; an active one stays as it is. */
export type ReinstateUser = (actor: Actor, userId: string) => Promise<Result<AdministeredAccount>>;

export function createReinstateUser(administerAccount: AdministerAccount): ReinstateUser {
  return (actor, userId) =>
    administerAccount(actor, userId, async ({ accounts }, account) => {
      if (account.status === 'PENDING_DELETION') return fail(aboutToBeDeleted());
      if (account.status === 'SUSPENDED') await accounts.reinstate(userId);
      return succeed({ account: { ...account, status: 'ACTIVE' }, endedSessions: [] });
    });
}

/** The owner has locked the account already, and only the owner can change their mind. */
function aboutToBeDeleted(): UserError {
  return invalidInput('userId', 'The account is about to be deleted.');
}

function validateReason(reason: string | null): readonly UserError[] {
  if (reason === null) return [];
  const tooLong = [...reason].length > MAX_REASON_CHARACTERS;
  // Line breaks and tabs are part of a text, the other control characters are not.
  if (!tooLong && !/[^\P{Cc}\n\r\t]|\p{Surrogate}/u.test(reason)) return [];
  return [invalidInput('reason', `At most ${String(MAX_REASON_CHARACTERS)} characters, no control characters.`)];
}
