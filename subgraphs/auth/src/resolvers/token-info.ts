import type { Authentication } from '@identity/service-kit/authentication';
import type { TokenInfo } from '../__generated__/resolvers.js';
import type { AuthContext } from '../context.js';

/**
 * Introspects a token in the sense of RFC 7662: whatever is wrong with it, the answer is only that it is not active.
 *
 * @throws PublicError SERVICE_UNAVAILABLE when nothing is wrong with it, and nobody can tell whether its session holds.
 * @param token - The token, or null for the one the request was made with.
 */
export async function introspectToken(
  token: string | null,
  { authentication, useCases }: AuthContext,
): Promise<TokenInfo> {
  return toTokenInfo(token === null ? authentication : await useCases.authenticateToken(token));
}

function toTokenInfo(authentication: Authentication): TokenInfo {
  if (authentication.kind === 'unknown') throw authentication.error;
  if (authentication.kind !== 'authenticated') return { active: false };
  const { sub, sid, roles, iat, exp } = authentication.claims;
  return {
    active: true,
    userId: sub,
    sessionId: sid,
    roles,
    issuedAt: new Date(iat * 1_000),
    expiresAt: new Date(exp * 1_000),
  };
}
