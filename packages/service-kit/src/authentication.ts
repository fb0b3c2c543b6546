import type { VerifyAccessToken } from './access-token-verifier.js';
import type { AccessTokenClaims, Viewer } from './access-token.js';
import { PublicError, serviceUnavailable, unauthenticated, type TokenRefusal } from './errors.js';
import type { IsRevoked } from './revocation.js';

/** What is known about the caller of a request. A bad token does not end the request: public fields still answer. */
export type Authentication =
  | { readonly kind: 'authenticated'; readonly viewer: Viewer; readonly claims: AccessTokenClaims }
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'refused'; readonly reason: Exclude<TokenRefusal, 'TOKEN_MISSING'> }
  | { readonly kind: 'unknown'; readonly error: PublicError };

/** Finds out who stands behind an access token, of a request that the log knows by its id; never rejects. */
export type AuthenticateToken = (token: string, requestId?: string) => Promise<Authentication>;

/** Creates the authentication that every service uses: signature and claims first, then revocation. */
export function createTokenAuthentication(verify: VerifyAccessToken, isRevoked: IsRevoked): AuthenticateToken {
  return async (token, requestId) => {
    try {
      const verification = await verify(token);
      if (!verification.valid) return { kind: 'refused', reason: verification.reason };
      const { claims } = verification;
      if (await isRevoked(claims.sid, token, requestId)) return { kind: 'refused', reason: 'TOKEN_REVOKED' };
      return {
        kind: 'authenticated',
        viewer: { userId: claims.sub, sessionId: claims.sid, roles: claims.roles },
        claims,
      };
    } catch (error) {
      return { kind: 'unknown', error: error instanceof PublicError ? error : serviceUnavailable('auth', error) };
    }
  };
}

/** What follows from an `Authorization` header (RFC 6750, section 2.1): any other scheme counts as a bad token. */
export function authenticateHeader(
  header: string | undefined,
  authenticate: AuthenticateToken,
  requestId?: string,
): Promise<Authentication> {
  if (header === undefined) return Promise.resolve({ kind: 'anonymous' });
  const token = bearerTokenOf(header);
  return token === null
    ? Promise.resolve({ kind: 'refused', reason: 'TOKEN_INVALID' })
    : authenticate(token, requestId);
}

/** The token of an `Authorization: Bearer …` header; the scheme is matched without regard to case (RFC 9110, section 11.1). */
export function bearerTokenOf(header: string): string | null {
  return /^bearer +([A-Za-z0-9\-._~+/]+=*)$/i.exec(header)?.[1] ?? null;
}

/**
 * The caller, where a field needs one.
 *
 * @throws {@link PublicError} UNAUTHENTICATED with the reason, or SERVICE_UNAVAILABLE when nobody can tell whether the
 * session still holds.
 */
export function requireViewer(authentication: Authentication): Viewer {
  if (authentication.kind === 'authenticated') return authentication.viewer;
  throw refusalOf(authentication);
}

/** Why there is no caller. */
export function refusalOf(authentication: Exclude<Authentication, { readonly kind: 'authenticated' }>): PublicError {
  switch (authentication.kind) {
    case 'anonymous':
      return unauthenticated('TOKEN_MISSING');
    case 'refused':
      return unauthenticated(authentication.reason);
    case 'unknown':
      return authentication.error;
  }
}
