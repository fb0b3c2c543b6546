import { requireViewer, type AuthenticateToken, type Authentication } from '@identity/service-kit/authentication';
import type { Logger } from '@identity/service-kit/logger';
import type { RequestTime } from '@identity/service-kit/request-time';
import type { SubgraphRequest } from '@identity/service-kit/subgraph-request';
import DataLoader from 'dataloader';
import type { BrowserCookies } from './browser-cookies.js';
import type { Account } from './domain/account.js';
import type { ChangePassword } from './domain/change-password.js';
import type { EndLostSession } from './domain/end-lost-session.js';
import type { FindUsername, GetAccounts } from './domain/get-accounts.js';
import type { GetSessions } from './domain/get-sessions.js';
import type { HeldSessionIds, LimitedLogin } from './domain/limited-login.js';
import type { ListAccounts } from './domain/list-accounts.js';
import type { ListSessions, SessionListing } from './domain/list-sessions.js';
import type { Logout } from './domain/logout.js';
import type { Page } from './domain/page.js';
import type { RefreshSession } from './domain/refresh-session.js';
import type { Register } from './domain/register.js';
import type { RevokeSession } from './domain/revoke-session.js';
import type { Session } from './domain/session.js';
import type { SetUserRoles } from './domain/set-user-roles.js';
import type { ReinstateUser, SuspendUser } from './domain/suspend-user.js';

/** What this subgraph can do. */
export interface UseCases {
  readonly authenticateToken: AuthenticateToken;
  readonly getAccounts: GetAccounts;
  readonly findUsername: FindUsername;
  readonly getSessions: GetSessions;
  readonly listAccounts: ListAccounts;
  readonly listSessions: ListSessions;
  readonly register: Register;
  readonly login: LimitedLogin;
  readonly refreshSession: RefreshSession;
  readonly logout: Logout;
  readonly endLostSession: EndLostSession;
  readonly revokeSession: RevokeSession;
  readonly changePassword: ChangePassword;
  readonly setUserRoles: SetUserRoles;
  readonly suspendUser: SuspendUser;
  readonly reinstateUser: ReinstateUser;
}

/** What a resolver knows of its request. */
export interface AuthContext extends SubgraphRequest, BrowserCookies {
  /** Changes when a resolver has ended the session. */
  authentication: Authentication;
  readonly useCases: UseCases;
  /** What reads take is taken from. */
  readonly time: RequestTime;
  /** Gathers every account that one request asks for into one read. */
  readonly accounts: DataLoader<string, Account | null>;
  /** Gathers every session that one request asks for by its id into one read; null for what the caller may not see. */
  readonly sessions: DataLoader<string, Session | null>;
  /** Gathers the pages of sessions of many accounts into one read. */
  readonly sessionPages: DataLoader<SessionListing, Page<Session>, string>;
  /** Asked for only where it matters: it is work. */
  readonly heldSessionIds: HeldSessionIds;
  readonly logger: Logger;
}

/** What a context is made from beside its request. */
export type AuthContextDeps = BrowserCookies & Pick<AuthContext, 'useCases' | 'time' | 'heldSessionIds' | 'logger'>;

/** How many pages of sessions one statement reads. */
const MAX_SESSION_PAGES = 100;

export function createContext(request: SubgraphRequest, deps: AuthContextDeps): AuthContext {
  const { useCases, time } = deps;
  // Member by member: V8 copies objects into a literal several times as slowly.
  return {
    requestId: request.requestId,
    authentication: request.authentication,
    ipAddress: request.ipAddress,
    userAgent: request.userAgent,
    record: request.record,
    refreshCookie: deps.refreshCookie,
    deviceCookie: deps.deviceCookie,
    heldSessionIds: deps.heldSessionIds,
    logger: deps.logger,
    useCases,
    time,
    accounts: new DataLoader((ids) => useCases.getAccounts(ids, time)),
    sessions: new DataLoader((ids) => useCases.getSessions(requireViewer(request.authentication), ids, time)),
    sessionPages: new DataLoader((listings) => useCases.listSessions(listings, time), {
      maxBatchSize: MAX_SESSION_PAGES,
      cacheKeyFn: ({ userId, first, afterId }) => `${userId} ${String(first)} ${afterId ?? ''}`,
    }),
  };
}

/**
 * Ends the session whose refresh token a browser keeps, if it is another one than the caller's: whoever leaves a browser wants
 * nobody to be logged in there. It comes before the end of the caller's own, so that they can ask again if it fails.
 *
 * @returns How many sessions that has ended.
 */
export async function endSessionInBrowser(
  { refreshCookie, useCases }: AuthContext,
  ownSessionId: string,
): Promise<number> {
  if (refreshCookie === null) return 0;
  const lost = { id: null, refreshToken: refreshCookie.presented };
  const ended = await useCases.endLostSession(lost, { reason: 'LOGOUT', exceptId: ownSessionId });
  return ended.length;
}

/**
 * Refuses the caller's token for what is left of this request, after its session has been ended, and has a browser forget
 * its refresh token.
 */
export function leaveBrowser(context: AuthContext): void {
  refuseTokenFromNowOn(context);
  context.refreshCookie?.clear();
}

/**
 * Refuses the caller's token for what is left of this request: its session has just been ended. It takes the context that
 * the resolver was given, because Apollo Server copies the one that was created.
 */
export function refuseTokenFromNowOn(context: AuthContext): void {
  context.authentication = { kind: 'refused', reason: 'TOKEN_REVOKED' };
}
