import { requireViewer } from '@identity/service-kit/authentication';
import type { MutationResolvers } from '../__generated__/resolvers.js';
import { endSession, refuseTokenFromNowOn, type AuthContext } from '../context.js';
import type { LoginSession } from '../domain/login.js';
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
    return toAuthenticatedPayload(await context.useCases.register(registration), context);
  },

  async login(_parent, { input: { identifier, password, deviceName } }, context) {
    const [origin, madeIn] = [originOf(context), loginSessionOf(context)];
    const attempt = { identifier, password, deviceName: deviceName ?? null, origin, madeIn };
    const result = await context.useCases.login(attempt, context.heldSessionIds);
    if (result.ok && madeIn.id !== null) refuseTokenFromNowOn(context);
    return toAuthenticatedPayload(result, context);
  },

  async refreshSession(_parent, { input }, context) {
    const { useCases, refreshCookie } = context;
    const fromCookie = input.refreshToken === '' ? (refreshCookie?.presented ?? null) : null;
    const result = await useCases.refreshSession(fromCookie ?? input.refreshToken, originOf(context), (reuse) => {
      noteReuse(context, reuse);
    });
    if (!result.ok) {
      // Only what was presented is of no use any more: another tab may have logged in meanwhile.
      if (fromCookie !== null) refreshCookie?.clear();
      return { tokens: null, userErrors: result.userErrors };
    }
    refreshCookie?.set(result.value);
    return { tokens: result.value, userErrors: [] };
  },

  async logout(_parent, { input }, context) {
    const revokedSessionCount = await context.useCases.logout(
      requireViewer(context.authentication),
      input?.allSessions ?? false,
    );
    endSession(context);
    return { revokedSessionCount, userErrors: [] };
  },

  async revokeSession(_parent, { input: { sessionId } }, context) {
    const viewer = requireViewer(context.authentication);
    const result = await context.useCases.revokeSession(viewer, sessionId);
    if (!result.ok) return { session: null, userErrors: result.userErrors };
    const { userId } = result.value;
    if (userId !== viewer.userId)
      noteAdministration(context, { actor: viewer, field: 'revokeSession', userId, sessionId });
    if (sessionId !== viewer.sessionId) return { session: result.value, userErrors: [] };
    endSession(context);
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

function loginSessionOf({ authentication, refreshCookie }: AuthContext): LoginSession {
  return {
    id: authentication.kind === 'authenticated' ? authentication.viewer.sessionId : null,
    refreshToken: refreshCookie?.presented ?? null,
  };
}

function toAuthenticatedPayload(result: Result<Authenticated>, { refreshCookie, deviceCookie }: AuthContext) {
  if (!result.ok) return { user: null, tokens: null, userErrors: result.userErrors };
  const { account, tokens } = result.value;
  refreshCookie?.set(tokens);
  deviceCookie?.remember(account.id, tokens.sessionId);
  return { user: { ...account, provenByRequest: true }, tokens, userErrors: [] };
}
