import { createHmac, createPublicKey, sign, type KeyObject } from 'node:crypto';

/** The parts of a token in the making; text and bytes are taken as they are, everything else as JSON. */
export interface TokenParts {
  readonly header: unknown;
  readonly payload: unknown;
}

/** base64url of bytes, a text or a value's JSON. */
export function encode(part: unknown): string {
  if (Buffer.isBuffer(part)) return part.toString('base64url');
  return Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');
}

/** What a signature is made over. */
export function signingInput({ header, payload }: TokenParts): string {
  return `${encode(header)}.${encode(payload)}`;
}

/** A token signed with a private key, ES256 or RS256 by the key's type. */
export function signToken(parts: TokenParts, key: KeyObject): string {
  const input = signingInput(parts);
  return `${input}.${sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}

/** A token with a MAC instead of a signature. */
export function macToken(parts: TokenParts, secret: string | Buffer, hash = 'sha256'): string {
  const input = signingInput(parts);
  return `${input}.${createHmac(hash, secret).update(input).digest('base64url')}`;
}

/** A token with a signature that was made up. */
export function tokenWithSignature(parts: TokenParts, signature: Buffer): string {
  return `${signingInput(parts)}.${signature.toString('base64url')}`;
}

/** The public half of a key in the forms that anybody can get hold of. */
export function publicForms(key: KeyObject): { readonly pem: string; readonly der: Buffer; readonly jwk: object } {
  const publicKey = createPublicKey(key);
  return {
    pem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    der: publicKey.export({ type: 'spki', format: 'der' }),
    jwk: publicKey.export({ format: 'jwk' }),
  };
}

/** Another spelling of a base64url part that Node decodes to the same bytes: bits are set that belong to no byte. */
export function withLeftoverBits(part: string): string {
  const bytes = Buffer.from(part, 'base64url');
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const spelling = Array.from(alphabet, (last) => part.slice(0, -1) + last).find(
    (candidate) => candidate !== part && Buffer.from(candidate, 'base64url').equals(bytes),
  );
  if (spelling === undefined) throw new Error('this part has no bits to spare');
  return spelling;
}
