import { requireViewer } from '@identity/service-kit/authentication';
import type { MutationResolvers } from '../__generated__/resolvers.js';
import { endSessionInBrowser, leaveBrowser, refuseTokenFromNowOn, type AuthContext } from '../context.js';
import type { LostSession } from '../domain/end-lost-session.js';
import type { Origin } from '../domain/session.js';
import type { Authenticated } from '../domain/tokens.js';
import type { Result } from '../domain/user-errors.js';
import { administration } from './administration.js';
import { noteAdministration } from './note-administration.js';
import { noteReuse } from './note-reuse.js';

export const mutation: MutationResolvers = {
  ...administration,

  async register(_parent, { input: { username, email, password, deviceName } }, context) {
    const registration = { username, email, password, deviceName: deviceName ?? null, origin: originOf(context) };
    const replaces = context.refreshCookie?.presented ?? null;
    return toAuthenticatedPayload(await context.useCases.register({ ...registration, replaces }), context);
  },

  async login(_parent, { input: { identifier, password, deviceName } }, context) {
    const [origin, madeIn] = [originOf(context), sessionOf(context)];
    const attempt = { identifier, password, deviceName: deviceName ?? null, origin, madeIn };
    return toAuthenticatedPayload(await context.useCases.login(attempt, context.heldSessionIds), context);
  },

  async refreshSession(_parent, { input }, context) {
    const { useCases, refreshCookie } = context;
    const inCookie = refreshCookie?.presented ?? null;
    const fromCookie = input.refreshToken === '' ? inCookie : null;
    const result = await useCases.refreshSession({
      refreshToken: fromCookie ?? input.refreshToken,
      replaces: fromCookie === null ? inCookie : null,
      origin: originOf(context),
      onReuse: (reuse) => {
        noteReuse(context, reuse);
      },
    });
    if (!result.ok) {
      // Only what was presented is of no use any more: another tab may have logged in meanwhile.
      if (fromCookie !== null) refreshCookie?.clear();
      return { tokens: null, userErrors: result.userErrors };
    }
    const { tokens, replacedSessions } = result.value;
    refuseReplaced(context, replacedSessions);
    refreshCookie?.set(tokens);
    return { tokens, userErrors: [] };
  },

  async logout(_parent, { input }, context) {
    const viewer = requireViewer(context.authentication);
    const endedInBrowser = await endSessionInBrowser(context, viewer.sessionId);
    const ended = await context.useCases.logout(viewer, input?.allSessions ?? false);
    leaveBrowser(context);
    return { revokedSessionCount: ended + endedInBrowser, userErrors: [] };
  },

  async revokeSession(_parent, { input: { sessionId } }, context) {
    const viewer = requireViewer(context.authentication);
    const isOwn = sessionId === viewer.sessionId;
    if (isOwn) await endSessionInBrowser(context, viewer.sessionId);
    const result = await context.useCases.revokeSession(viewer, sessionId);
    if (!result.ok) return { session: null, userErrors: result.userErrors };
    const { userId } = result.value;
    if (userId !== viewer.userId)
      noteAdministration(context, { actor: viewer, field: 'revokeSession', userId, sessionId });
    if (!isOwn) return { session: result.value, userErrors: [] };
    leaveBrowser(context);
    return { session: { ...result.value, endedByItself: true as const }, userErrors: [] };
  },

  async changePassword(_parent, { input: { currentPassword, newPassword } }, { authentication, useCases }) {
    const result = await useCases.changePassword(requireViewer(authentication), { currentPassword, newPassword });
    if (!result.ok) return { user: null, revokedSessionCount: 0, userErrors: result.userErrors };
    const { account, revokedSessionCount } = result.value;
    return { user: account, revokedSessionCount, userErrors: [] };
  },
};

function originOf({ ipAddress, userAgent }: AuthContext): Origin {
  return { ipAddress, userAgent };
}

function sessionOf({ authentication, refreshCookie }: AuthContext): LostSession {
  return {
    id: authentication.kind === 'authenticated' ? authentication.viewer.sessionId : null,
    refreshToken: refreshCookie?.presented ?? null,
  };
}

function refuseReplaced(context: AuthContext, replaced: readonly string[]): void {
  const { authentication } = context;
  if (authentication.kind === 'authenticated' && replaced.includes(authentication.viewer.sessionId))
    refuseTokenFromNowOn(context);
}

function toAuthenticatedPayload(result: Result<Authenticated>, context: AuthContext) {
  if (!result.ok) return { user: null, tokens: null, userErrors: result.userErrors };
  const { refreshCookie, deviceCookie } = context;
  const { account, tokens, replacedSessions } = result.value;
  refuseReplaced(context, replacedSessions);
  refreshCookie?.set(tokens);
  deviceCookie?.remember(account.id, tokens.sessionId);
  return { user: { ...account, provenByRequest: true }, tokens, userErrors: [] };
}
