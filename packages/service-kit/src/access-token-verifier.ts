import type { KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { ACCESS_TOKEN_TYPE, parseClaims, type AccessTokenClaims } from './access-token.js';
import type { Clock } from './clock.js';

/** The signature algorithms a key may be used with. */
export type SigningAlgorithm = 'ES256' | 'RS256';

/** A public key that verifies access tokens. */
export interface VerificationKey {
  readonly algorithm: SigningAlgorithm;
  readonly key: KeyObject;
}

/** Finds a public key by its `kid`; null when there is none. Rejects when the keys cannot be reached. */
export type FindVerificationKey = (kid: string) => Promise<VerificationKey | null>;

/** The outcome of verifying a token; never an exception for a bad one. */
export type Verification =
  | { readonly valid: true; readonly claims: AccessTokenClaims }
  | { readonly valid: false; readonly reason: 'TOKEN_INVALID' | 'TOKEN_EXPIRED' };

/** Verifies signature and claims of an access token; says nothing about revocation. */
export type VerifyAccessToken = (token: string) => Promise<Verification>;

/** What a verifier is made from. */
export interface VerifierOptions {
  readonly findKey: FindVerificationKey;
  readonly issuer: string;
  readonly audience: string;
  readonly clock: Clock;
}

const MAX_TOKEN_BYTES = 8_192;
const LEEWAY_SECONDS = 30;
const INVALID = { valid: false, reason: 'TOKEN_INVALID' } as const;
const EXPIRED = { valid: false, reason: 'TOKEN_EXPIRED' } as const;

/** Three parts of the base64url alphabet without padding (RFC 7515, section 2); Node's own decoder is more lenient. */
const COMPACT_SERIALIZATION = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

/**
 * Creates the verification that every service uses (RFC 8725, section 3): algorithm pinned by the key and not by the
 * token, `typ`, `iss` and `aud` pinned, every claim required, oversized tokens refused unparsed.
 */
export function createAccessTokenVerifier({ findKey, issuer, audience, clock }: VerifierOptions): VerifyAccessToken {
  return async (token) => {
    if (token.length > MAX_TOKEN_BYTES || !COMPACT_SERIALIZATION.test(token)) return INVALID;
    const kid = keyIdOf(token);
    if (kid === null) return INVALID;
    const verificationKey = await findKey(kid);
    if (verificationKey === null) return INVALID;
    return verifySignedToken(token, verificationKey);
  };

  function verifySignedToken(token: string, { algorithm, key }: VerificationKey): Verification {
    const now = Math.floor(clock().getTime() / 1000);
    try {
      const payload = jwt.verify(token, key, {
        algorithms: [algorithm],
        issuer,
        audience,
        clockTimestamp: now,
        clockTolerance: LEEWAY_SECONDS,
      });
      const claims = parseClaims(payload);
      return claims === null || claims.iat > now + LEEWAY_SECONDS || !isCanonical(token.split('.')[1])
        ? INVALID
        : { valid: true, claims };
    } catch (error) {
      return error instanceof jwt.TokenExpiredError ? EXPIRED : INVALID;
    }
  }
}

/** Returns the `kid` of a token whose header has exactly the form that this project signs; null otherwise. */
function keyIdOf(token: string): string | null {
  const header = parsePart(token.slice(0, token.indexOf('.')));
  if (header?.['typ'] !== ACCESS_TOKEN_TYPE || 'crit' in header) return null;
  const kid = header['kid'];
  return typeof kid === 'string' && kid.length <= 128 ? kid : null;
}

/** Whether a payload is what JSON.stringify writes: this leaves no room for duplicate claims that parsers read differently. */
function isCanonical(part: string | undefined): boolean {
  return part !== undefined && parsePart(part) !== null;
}

function parsePart(part: string): Record<string, unknown> | null {
  const text = Buffer.from(part, 'base64url').toString('utf8');
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value) || JSON.stringify(value) !== text)
      return null;
    return { ...value };
  } catch {
    return null;
  }
}
