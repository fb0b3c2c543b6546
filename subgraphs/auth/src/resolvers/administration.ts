import { requireViewer } from '@identity/service-kit/authentication';
import type { MutationResolvers } from '../__generated__/resolvers.js';
import { endSessionInBrowser, leaveBrowser, type AuthContext } from '../context.js';
import type { AdministeredAccount } from '../domain/administer-account.js';
import type { Result } from '../domain/user-errors.js';
import { noteAdministration, type Administration } from './note-administration.js';

/** What an ADMIN can do to accounts. */
export const administration: Pick<MutationResolvers, 'suspendUser' | 'reinstateUser' | 'setUserRoles'> = {
  async suspendUser(_parent, { input: { userId, reason } }, context) {
    const viewer = requireViewer(context.authentication);
    const suspension = { userId, reason: reason ?? null };
    return toPayload(
      await context.useCases.suspendUser(viewer, suspension),
      { actor: viewer, field: 'suspendUser' },
      context,
    );
  },

  async reinstateUser(_parent, { input: { userId } }, context) {
    const viewer = requireViewer(context.authentication);
    return toPayload(
      await context.useCases.reinstateUser(viewer, userId),
      { actor: viewer, field: 'reinstateUser' },
      context,
    );
  },

  async setUserRoles(_parent, { input: { userId, roles } }, context) {
    const viewer = requireViewer(context.authentication);
    return toPayload(
      await context.useCases.setUserRoles(viewer, userId, roles),
      { actor: viewer, field: 'setUserRoles' },
      context,
    );
  },
};

async function toPayload(
  result: Result<AdministeredAccount>,
  done: Pick<Administration, 'actor' | 'field'>,
  context: AuthContext,
) {
  if (!result.ok) return { user: null, userErrors: result.userErrors };
  const { account, endedSessions } = result.value;
  noteAdministration(context, { ...done, userId: account.id });
  if (!endedSessions.includes(done.actor.sessionId)) return { user: account, userErrors: [] };
  await endSessionInBrowser(context, done.actor.sessionId);
  leaveBrowser(context);
  return { user: { ...account, provenByRequest: true }, userErrors: [] };
}
