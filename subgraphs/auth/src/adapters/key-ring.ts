import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type {
  FindVerificationKey,
  SigningAlgorithm,
  VerificationKey,
} from '@identity/service-kit/access-token-verifier';
import { ConfigurationError } from '@identity/service-kit/environment';
import { toPublishedKey, type PublishedKeySet } from '@identity/service-kit/jwks';

/** The file whose key signs; every other `.pem` file in the folder only verifies. */
export const SIGNING_KEY_FILE = 'signing.pem';

/** The key that signs access tokens. */
export interface SigningKey {
  readonly kid: string;
  readonly algorithm: SigningAlgorithm;
  readonly privateKey: KeyObject;
}

/** The service's keys. */
export interface KeyRing {
  readonly signingKey: SigningKey;
  readonly published: PublishedKeySet;
  readonly findKey: FindVerificationKey;
}

/**
 * Reads the private keys (PKCS #8, PEM) of a folder.
 *
 * @throws ConfigurationError when the folder cannot be read, has no `signing.pem`, or holds a key that cannot be used.
 */
export async function loadKeyRing(folder: string): Promise<KeyRing> {
  const files = await pemFilesOf(folder);
  const keys = await Promise.all(files.map(async (file) => ({ file, ...(await loadKey(join(folder, file))) })));
  const signing = keys.find(({ file }) => file === SIGNING_KEY_FILE);
  if (signing === undefined) throw new ConfigurationError([`KEYS_DIR: there is no ${SIGNING_KEY_FILE} in ${folder}`]);

  const verification = new Map<string, VerificationKey>(
    keys.map(({ kid, algorithm, publicKey }) => [kid, { algorithm, key: publicKey }]),
  );
  return {
    signingKey: { kid: signing.kid, algorithm: signing.algorithm, privateKey: signing.privateKey },
    published: { keys: keys.map(({ kid, algorithm, publicKey }) => toPublishedKey(kid, algorithm, publicKey)) },
    findKey: (kid) => Promise.resolve(verification.get(kid) ?? null),
  };
}

async function pemFilesOf(folder: string): Promise<readonly string[]> {
  try {
    const names = await readdir(folder);
    return names.filter((name) => name.endsWith('.pem')).sort();
  } catch {
    throw new ConfigurationError([`KEYS_DIR: cannot read the folder ${folder}`]);
  }
}

async function loadKey(path: string) {
  try {
    const privateKey = createPrivateKey(await readFile(path));
    const publicKey = createPublicKey(privateKey);
    return { privateKey, publicKey, algorithm: algorithmOf(publicKey), kid: thumbprint(publicKey) };
  } catch (error) {
    const problem =
      error instanceof UnsuitableKeyError ? error.message : 'is not a private key in PEM form that can be read';
    throw new ConfigurationError([`KEYS_DIR: ${path} ${problem}`]);
  }
}

class UnsuitableKeyError extends Error {
  override readonly name = 'UnsuitableKeyError';
}

function algorithmOf(key: KeyObject): SigningAlgorithm {
  const { namedCurve, modulusLength } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === 'ec' && namedCurve === 'prime256v1') return 'ES256';
  if (key.asymmetricKeyType === 'rsa' && modulusLength !== undefined && modulusLength >= 2_048) return 'RS256';
  throw new UnsuitableKeyError('must be an EC key on P-256, or an RSA key of at least 2048 bits');
}

/** The key's own fingerprint as its id (RFC 7638), so that no two keys can share one. */
function thumbprint(key: KeyObject): string {
  const { kty, crv, x, y, e, n } = key.export({ format: 'jwk' });
  const required = kty === 'EC' ? { crv, kty, x, y } : { e, kty, n };
  return createHash('sha256').update(JSON.stringify(required)).digest('base64url');
}
