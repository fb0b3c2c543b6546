import type { AuthenticateToken } from '@identity/service-kit/authentication';
import type { Clock } from '@identity/service-kit/clock';
import type { UseCases } from './context.js';
import { createAdministerAccount } from './domain/administer-account.js';
import { createChangePassword } from './domain/change-password.js';
import { createEndLostSession } from './domain/end-lost-session.js';
import { createFindUsername, createGetAccounts } from './domain/get-accounts.js';
import { createGetSessions } from './domain/get-sessions.js';
import { createLineOf } from './domain/hashing-line.js';
import { createLimitedLogin } from './domain/limited-login.js';
import {
  createLimitedChangePassword,
  createLimitedRefreshSession,
  createLimitedRegister,
} from './domain/limited-use-cases.js';
import { createListAccounts } from './domain/list-accounts.js';
import { createListSessions } from './domain/list-sessions.js';
import { createLogin } from './domain/login.js';
import { createLogout } from './domain/logout.js';
import { createOpenSession, type SessionLifetime } from './domain/open-session.js';
import { createPasswordPolicy, type PasswordPolicyDeps } from './domain/password-policy.js';
import type { AccessTokenIssuer, NewId, PasswordHasher, RevocationFeed, Storage } from './domain/ports.js';
import type { RateLimits } from './domain/rate-limit.js';
import { createRefreshSession } from './domain/refresh-session.js';
import { createRegister } from './domain/register.js';
import { createRevokeSession } from './domain/revoke-session.js';
import { createSetUserRoles } from './domain/set-user-roles.js';
import { createReinstateUser, createSuspendUser } from './domain/suspend-user.js';

/** What use cases are made from: the ports of the domain, and what is configured. */
export interface UseCasesDeps extends PasswordPolicyDeps {
  readonly authenticateToken: AuthenticateToken;
  readonly storage: Storage;
  readonly passwords: PasswordHasher;
  readonly accessTokens: AccessTokenIssuer;
  readonly revocations: RevocationFeed;
  readonly limits: RateLimits;
  readonly lifetime: SessionLifetime;
  readonly newId: NewId;
  readonly clock: Clock;
}

/** Puts the domain together. */
export function createUseCases(deps: UseCasesDeps): UseCases {
  const { authenticateToken, storage, passwords, accessTokens, revocations, limits, lifetime, newId, clock } = deps;
  const { sessions } = storage;
  const openSession = createOpenSession({ accessTokens, newId, lifetime });
  const judgePassword = createPasswordPolicy(deps);
  const getAccounts = createGetAccounts(storage.accounts);
  const getSessions = createGetSessions(sessions, clock);
  const lineOf = createLineOf(limits.loginKnownDevice);
  const endLostSession = createEndLostSession({ sessions, revocations, clock });
  const administerAccount = createAdministerAccount({ storage, revocations, clock });
  return {
    authenticateToken,
    getAccounts,
    findUsername: createFindUsername(storage.accounts),
    getSessions,
    listAccounts: createListAccounts(storage.accountSearch, getAccounts),
    listSessions: createListSessions(storage.sessionPages, clock),
    register: createLimitedRegister(
      createRegister({ storage, passwords, judgePassword, openSession, revocations, newId, clock }),
      limits.registerNetwork,
    ),
    login: createLimitedLogin({
      login: createLogin({ storage, passwords, openSession, revocations, clock }),
      lineOf,
      limits,
      storage,
    }),
    refreshSession: createLimitedRefreshSession({
      refreshSession: createRefreshSession({ storage, accessTokens, revocations, lifetime, clock }),
      limits: limits.refreshNetwork,
      sessions,
      clock,
    }),
    logout: createLogout({ storage, revocations, clock }),
    endLostSession,
    revokeSession: createRevokeSession({ getSessions, sessions, revocations, clock }),
    changePassword: createLimitedChangePassword(
      createChangePassword({ storage, passwords, lineOf, judgePassword, revocations, clock }),
      limits.passwordCheckSession,
    ),
    setUserRoles: createSetUserRoles(administerAccount, clock),
    suspendUser: createSuspendUser(administerAccount, clock),
    reinstateUser: createReinstateUser(administerAccount),
  };
}
