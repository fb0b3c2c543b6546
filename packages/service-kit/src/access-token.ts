/** The `typ` header of an access token (RFC 9068, section 2.1). */
export const ACCESS_TOKEN_TYPE = 'at+jwt';

/** What an account may do, as tokens carry it. */
export type Role = 'USER' | 'ADMIN';

/** What a verified access token says (RFC 9068, section 2.2); times in seconds since 1970. */
export interface AccessTokenClaims {
  /** The id of the account. */
  readonly sub: string;
  /** The id of the session. */
  readonly sid: string;
  readonly jti: string;
  readonly iat: number;
  readonly exp: number;
  readonly roles: readonly Role[];
}

/** Who stands behind a request. */
export interface Viewer {
  readonly userId: string;
  readonly sessionId: string;
  readonly roles: readonly Role[];
}

/** Reads the claims that this project relies on; null when one is missing or of another type. */
export function parseClaims(payload: unknown): AccessTokenClaims | null {
  if (!isRecord(payload)) return null;
  const { sub, sid, jti, iat, exp, roles } = payload;
  if (!isId(sub) || !isId(sid) || !isId(jti) || !isTime(iat) || !isTime(exp) || exp <= iat || !isRoles(roles))
    return null;
  return { sub, sid, jti, iat, exp, roles };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
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
