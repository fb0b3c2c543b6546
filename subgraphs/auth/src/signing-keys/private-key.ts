import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import {
  createVerificationKey,
  type SigningAlgorithm,
  type VerificationKey,
} from '@identity/service-kit/verification-key';

/** 128 bits of security, as much as P-256 has (OWASP ASVS 5, 11.2.3). */
const RSA_BITS = 3_072;

/** The algorithms that a new key can be made for. */
export const SIGNING_ALGORITHMS: readonly SigningAlgorithm[] = ['ES256', 'RS256'];

/** Makes a new private key (PKCS #8, PEM). */
export function newPrivateKey(algorithm: SigningAlgorithm): string {
  const { privateKey } =
    algorithm === 'ES256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: RSA_BITS });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** The public half of a key; null when no supported algorithm can use it. */
export function publicHalfOf(key: KeyObject): VerificationKey | null {
  return createVerificationKey(key.type === 'private' ? createPublicKey(key) : key);
}

/** Writes a public key (SPKI, PEM). */
export function publicPem({ key }: VerificationKey): string {
  return key.export({ type: 'spki', format: 'pem' }).toString();
}

/** Whether an algorithm by that name can sign here. */
export function isSigningAlgorithm(name: string): name is SigningAlgorithm {
  return SIGNING_ALGORITHMS.some((algorithm) => algorithm === name);
}
