import { ACCESS_TOKEN_TYPE, CLOCK_LEEWAY_SECONDS, parseClaims, type AccessTokenClaims } from './access-token.js';
import type { Clock } from './clock.js';
import {
  MAX_TOKEN_LENGTH,
  parseCanonicalObject,
  readCompactJws,
  verifySignature,
  type CompactJws,
} from './compact-jws.js';
import type { FindVerificationKey, VerificationKey } from './verification-key.js';
import { createVerifiedTokens, type VerifiedToken, type VerifiedTokens } from './verified-tokens.js';

/** The outcome of verifying a token; never an exception for a bad one. */
export type Verification =
  | { readonly valid: true; readonly claims: AccessTokenClaims }
  | { readonly valid: false; readonly reason: 'TOKEN_INVALID' | 'TOKEN_EXPIRED' };

/** Verifies signature and claims of an access token; says nothing about revocation. */
export type VerifyAccessToken = (token: string) => Promise<Verification>;

/**
 * Verifies all of an access token but that it has not expired. Null for any other token. What it says was true once: it
 * is no proof of who is asking now, and must never let anybody in.
 */
export type VerifyPastAccessToken = (token: string) => Promise<AccessTokenClaims | null>;

/** What a verifier is made from. */
export interface VerifierOptions {
  readonly findKey: FindVerificationKey;
  readonly issuer: string;
  readonly audience: string;
  readonly clock: Clock;
  /** Remembers signatures; shared by the verifiers of one process. Each has its own by default. */
  readonly verifiedTokens?: VerifiedTokens | undefined;
}

/** A token that is genuine, and whether it can still be used. */
interface Genuine {
  readonly claims: AccessTokenClaims;
  readonly expired: boolean;
}

/** An access token's header has these members and no others: nothing in it can name a key or ask for an extension. */
const HEADER_MEMBERS = ['alg', 'kid', 'typ'].join();
const MAX_KEY_ID_LENGTH = 128;

/**
 * Creates the verification that every service uses (RFC 8725, section 3): algorithm pinned by the key and not by the
 * token, `typ`, `iss` and `aud` pinned, every claim required, a life of an hour at most, oversized tokens refused
 * unparsed. A signature is verified once; key, claims and time are judged at every use.
 */
export function createAccessTokenVerifier(options: VerifierOptions): VerifyAccessToken {
  const examine = createExamination(options);
  return async (token) => {
    const genuine = await examine(token);
    if (genuine === null) return { valid: false, reason: 'TOKEN_INVALID' };
    return genuine.expired ? { valid: false, reason: 'TOKEN_EXPIRED' } : { valid: true, claims: genuine.claims };
  };
}

/** Creates the same verification for tokens that may have expired. */
export function createPastAccessTokenVerifier(options: VerifierOptions): VerifyPastAccessToken {
  const examine = createExamination(options);
  return async (token) => (await examine(token))?.claims ?? null;
}

/** Null for all that is not genuine. */
function createExamination({
  findKey,
  issuer,
  audience,
  clock,
  verifiedTokens = createVerifiedTokens(),
}: VerifierOptions): (token: string) => Promise<Genuine | null> {
  return (token) => {
    if (token.length > MAX_TOKEN_LENGTH) return Promise.resolve(null);
    const known = verifiedTokens.find(token);
    return known === null ? examineNew(token) : examineKnown(token, known);
  };

  async function examineKnown(token: string, { kid, thumbprint, claims }: VerifiedToken): Promise<Genuine | null> {
    const key = await findKey(kid);
    if (key?.thumbprint === thumbprint) return judge(claims);
    verifiedTokens.forget(token);
    return null;
  }

  async function examineNew(token: string): Promise<Genuine | null> {
    const jws = readCompactJws(token);
    const kid = jws === null ? null : keyIdOf(jws);
    if (jws === null || kid === null) return null;
    const key = await findKey(kid);
    const claims = key === null ? null : verifiedClaims(jws, key);
    if (key === null || claims === null) return null;
    const genuine = judge(claims);
    if (genuine?.expired === false) verifiedTokens.remember(token, { kid, thumbprint: key.thumbprint, claims });
    return genuine;
  }

  function judge(claims: AccessTokenClaims): Genuine | null {
    const now = Math.floor(clock().getTime() / 1_000);
    if (claims.iss !== issuer || claims.aud !== audience) return null;
    if (Math.max(claims.iat, claims.nbf ?? 0) > now + CLOCK_LEEWAY_SECONDS) return null;
    return { claims, expired: now >= claims.exp + CLOCK_LEEWAY_SECONDS };
  }
}

/** The `kid` of a token whose header has exactly the form that this project signs; null otherwise. */
function keyIdOf({ header }: CompactJws): string | null {
  const { typ, kid } = header;
  if (typ !== ACCESS_TOKEN_TYPE || Object.keys(header).sort().join() !== HEADER_MEMBERS) return null;
  return typeof kid === 'string' && kid.length <= MAX_KEY_ID_LENGTH ? kid : null;
}

function verifiedClaims(jws: CompactJws, key: VerificationKey): AccessTokenClaims | null {
  if (!verifySignature(jws, key)) return null;
  const payload = parseCanonicalObject(jws.payload);
  return payload === null ? null : parseClaims(payload);
}
