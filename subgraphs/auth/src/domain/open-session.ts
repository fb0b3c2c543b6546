import { networkOf } from '@identity/service-kit/network';
import type { Account } from './account.js';
import type { AccessTokenIssuer, NewId, SessionStore } from './ports.js';
import { newRefreshToken, refreshTokenDigest } from './refresh-token.js';
import type { Origin } from './session.js';
import type { AuthTokens } from './tokens.js';
import { tidyDeviceName } from './validate-identity.js';

/** How long a session lives, in milliseconds. */
export interface SessionLifetime {
  /** Without a refresh. */
  readonly idle: number;
  /** However much it is used. */
  readonly absolute: number;
}

/** What opening a session needs. */
export interface OpenSessionDeps {
  readonly accessTokens: AccessTokenIssuer;
  readonly newId: NewId;
  readonly lifetime: SessionLifetime;
}

/** A session to open. */
export interface SessionRequest {
  readonly account: Account;
  readonly deviceName: string | null;
  readonly origin: Origin;
  readonly at: Date;
}

/** Opens a session within the caller's transaction and returns its first pair of tokens. */
export type OpenSession = (sessions: SessionStore, request: SessionRequest) => Promise<AuthTokens>;

/** When a session that is used now ends, if it is not used again. */
export function idleExpiry(at: Date, expiresAt: Date, lifetime: SessionLifetime): Date {
  return new Date(Math.min(at.getTime() + lifetime.idle, expiresAt.getTime()));
}

export function createOpenSession({ accessTokens, newId, lifetime }: OpenSessionDeps): OpenSession {
  return async (sessions, { account, deviceName, origin, at }) => {
    const id = newId.session();
    const expiresAt = new Date(at.getTime() + lifetime.absolute);
    const idleExpiresAt = idleExpiry(at, expiresAt, lifetime);
    const refreshToken = newRefreshToken();
    await sessions.insert({
      id,
      userId: account.id,
      deviceName: tidyDeviceName(deviceName),
      ...origin,
      network: networkOf(origin.ipAddress),
      createdAt: at,
      lastUsedAt: at,
      expiresAt,
      idleExpiresAt,
    });
    await sessions.insertRefreshToken(refreshTokenDigest(refreshToken), id, at, idleExpiresAt);
    const access = accessTokens.issue({ account, sessionId: id, at, notAfter: idleExpiresAt });
    return {
      sessionId: id,
      accessToken: access.accessToken,
      accessTokenExpiresAt: access.expiresAt,
      refreshToken,
      refreshTokenExpiresAt: idleExpiresAt,
    };
  };
}
