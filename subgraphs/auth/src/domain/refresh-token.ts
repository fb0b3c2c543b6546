import { createHash, hkdfSync, randomBytes } from 'node:crypto';

const TOKEN_BYTES = 32;

/** Longer than any refresh token: not worth hashing. */
export const MAX_TOKEN_CHARACTERS = 256;

/** A new refresh token: opaque, 256 bits. */
export function newRefreshToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url');
}

/** A new seed to derive a successor from. */
export function newSuccessorSeed(): Buffer {
  return randomBytes(TOKEN_BYTES);
}

/** What is kept of a refresh token: whoever reads the database cannot use it. */
export function refreshTokenDigest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/**
 * The token that follows `token`. It takes both the token, which only the client has, and the seed, which only the
 * database has; so a client whose answer was lost can be given the same successor again although nobody keeps it.
 */
export function successorOf(token: string, seed: Buffer): string {
  return Buffer.from(hkdfSync('sha256', token, seed, 'refresh-token', TOKEN_BYTES)).toString('base64url');
}
