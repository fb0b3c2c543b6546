import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import type { SigningAlgorithm, VerificationKey } from './access-token-verifier.js';

/** A public key as published (RFC 7517, section 4). */
export interface PublishedKey extends JsonWebKey {
  readonly kid: string;
  readonly alg: SigningAlgorithm;
  readonly use: 'sig';
}

/** What `/.well-known/jwks.json` answers. */
export interface PublishedKeySet {
  readonly keys: readonly PublishedKey[];
}

const keySet = z.object({
  keys: z.array(z.looseObject({ kid: z.string(), alg: z.enum(['ES256', 'RS256']), use: z.literal('sig') })),
});

/** Writes a public key in the form in which it is published. */
export function toPublishedKey(kid: string, algorithm: SigningAlgorithm, key: KeyObject): PublishedKey {
  return { ...key.export({ format: 'jwk' }), kid, alg: algorithm, use: 'sig' };
}

/**
 * Reads a published key set.
 *
 * @throws Error when it is not one, or holds a key that does not fit its algorithm.
 */
export function parseKeySet(body: unknown): ReadonlyMap<string, VerificationKey> {
  return new Map(
    keySet.parse(body).keys.map(({ kid, alg, ...jwk }) => {
      const key = createPublicKey({ key: jwk, format: 'jwk' });
      if (key.asymmetricKeyType !== (alg === 'ES256' ? 'ec' : 'rsa')) throw new Error(`key ${kid} does not fit ${alg}`);
      return [kid, { algorithm: alg, key }];
    }),
  );
}
