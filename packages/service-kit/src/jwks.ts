import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { z } from 'zod';
import { createVerificationKey, type SigningAlgorithm, type VerificationKey } from './verification-key.js';

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

const keySet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })) });

/** What a key says of itself where it can be used here. */
const usableKey = z.looseObject({
  kid: z.string().min(1),
  alg: z.enum(['ES256', 'RS256']),
  use: z.literal('sig').optional(),
  key_ops: z
    .array(z.string())
    .refine((operations) => operations.includes('verify'))
    .optional(),
});

/** The members of a JWK that make it a private or a symmetric key (RFC 7518, sections 6.2.2, 6.3.2 and 6.4). */
const SECRET_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

/** Writes a public key in the form in which it is published. */
export function toPublishedKey(kid: string, { algorithm, key }: VerificationKey): PublishedKey {
  return { ...key.export({ format: 'jwk' }), kid, alg: algorithm, use: 'sig' };
}

/**
 * Reads a published key set. Keys that are for something else are passed over (RFC 7517, section 5).
 *
 * @throws Error when it is none, holds a private or symmetric key, or two keys under one id.
 */
export function parseKeySet(body: unknown): ReadonlyMap<string, VerificationKey> {
  const keys = new Map<string, VerificationKey>();
  for (const jwk of keySet.parse(body).keys) {
    if (SECRET_MEMBERS.some((member) => member in jwk)) throw new Error('the key set holds a secret key');
    const usable = usableKey.safeParse(jwk);
    if (!usable.success) continue;
    const { kid, alg } = usable.data;
    const key = createVerificationKey(createPublicKey({ key: jwk, format: 'jwk' }));
    if (key?.algorithm !== alg) continue;
    if (keys.has(kid)) throw new Error(`the key set holds two keys with the id ${kid}`);
    keys.set(kid, key);
  }
  return keys;
}
