import { hash, type KeyObject } from 'node:crypto';

/** The signature algorithms a key may be used with (RFC 7518, section 3.1). */
export type SigningAlgorithm = 'ES256' | 'RS256';

/** A public key that verifies access tokens. */
export interface VerificationKey {
  readonly algorithm: SigningAlgorithm;
  readonly key: KeyObject;
  /** The key's own fingerprint (RFC 7638, SHA-256): equal for equal keys, whatever id they are published under. */
  readonly thumbprint: string;
}

/** Finds a public key by its `kid`; null when there is none. Rejects when the keys cannot be reached. */
export type FindVerificationKey = (kid: string) => Promise<VerificationKey | null>;

const MIN_RSA_BITS = 2_048;

/**
 * Makes a verification key of a public key. What it is decides the algorithm, so that no token can choose one
 * (RFC 8725, section 3.1).
 *
 * @returns null unless it is an EC key on P-256, or an RSA key of at least 2048 bits.
 */
export function createVerificationKey(key: KeyObject): VerificationKey | null {
  const algorithm = algorithmOf(key);
  return algorithm === null ? null : { algorithm, key, thumbprint: thumbprintOf(key) };
}

function algorithmOf(key: KeyObject): SigningAlgorithm | null {
  const { namedCurve, modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === 'ec' && namedCurve === 'prime256v1') return 'ES256';
  if (key.asymmetricKeyType === 'rsa' && modulusLength >= MIN_RSA_BITS) return 'RS256';
  return null;
}

function thumbprintOf(key: KeyObject): string {
  const { kty, crv, x, y, e, n } = key.export({ format: 'jwk' });
  const required = kty === 'EC' ? { crv, kty, x, y } : { e, kty, n };
  return hash('sha256', JSON.stringify(required), 'base64url');
}
