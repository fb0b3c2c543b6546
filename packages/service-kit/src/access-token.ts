/** The `typ` header of an access token (RFC 9068, section 2.1). */
export const ACCESS_TOKEN_TYPE = 'at+jwt';

/**
 * The longest life of an access token, in seconds. Verifiers refuse a longer one: revocations are remembered for no
 * longer than this.
 */
export const MAX_ACCESS_TOKEN_LIFETIME_SECONDS = 3_600;

/** How far the clocks of issuer and verifier may be apart, in seconds. */
export const CLOCK_LEEWAY_SECONDS = 30;

/** What an account may do, as tokens carry it. */
export type Role = 'USER' | 'ADMIN';

/** What a verified access token says (RFC 9068, section 2.2); times in seconds since 1970. */
export interface AccessTokenClaims {
  readonly iss: string;
  readonly aud: string;
  /** The id of the account. */
  readonly sub: string;
  /** The id of the session. */
  readonly sid: string;
  readonly jti: string;
  readonly iat: number;
  readonly exp: number;
  /** Not accepted before; the issuer of this project never sets it. */
  readonly nbf?: number;
  readonly roles: readonly Role[];
}

/** Who stands behind a request. */
export interface Viewer {
  readonly userId: string;
  readonly sessionId: string;
  readonly roles: readonly Role[];
}

/**
 * Reads the claims that this project relies on; null when one is missing or of another type. `aud` must be one name
 * and no list: a token that is good elsewhere, too, could be used here by whoever received it there.
 */
export function parseClaims(payload: Readonly<Record<string, unknown>>): AccessTokenClaims | null {
  const { iss, aud, sub, sid, jti, iat, exp, nbf, roles } = payload;
  if (typeof iss !== 'string' || typeof aud !== 'string') return null;
  if (!isId(sub) || !isId(sid) || !isId(jti) || !isRoles(roles)) return null;
  if (!isTime(iat) || !isTime(exp) || exp <= iat || exp - iat > MAX_ACCESS_TOKEN_LIFETIME_SECONDS) return null;
  const claims = { iss, aud, sub, sid, jti, iat, exp, roles };
  if (nbf === undefined) return claims;
  return isTime(nbf) ? { ...claims, nbf } : null;
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= 128;
}

/** Up to the year 9999: a larger number is a mistake or an attack. */
function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 && value <= 253_402_300_799;
}

function isRoles(value: unknown): value is readonly Role[] {
  return Array.isArray(value) && value.every((role) => role === 'USER' || role === 'ADMIN');
}
