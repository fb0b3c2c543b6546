import jwt from 'jsonwebtoken';
import type { VerificationKey } from './verification-key.js';

/** A JWS in compact serialization that is well-formed; nothing is known of its signature. */
export interface CompactJws {
  readonly token: string;
  readonly header: Readonly<Record<string, unknown>>;
  readonly payload: Buffer;
}

/** The longest token that is looked at, in characters. */
export const MAX_TOKEN_LENGTH = 8_192;

const COMPACT_SERIALIZATION = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

/**
 * Reads a JWS in compact serialization (RFC 7515, section 7.1), more strictly than Node's decoder and JSON.parse do:
 * one token has one spelling. Refused are padding, white space, other alphabets, left-over bits that are not zero,
 * headers with duplicate members, and anything above 8,192 characters, unparsed.
 *
 * @returns null when it is none.
 */
export function readCompactJws(token: string): CompactJws | null {
  if (token.length > MAX_TOKEN_LENGTH || !COMPACT_SERIALIZATION.test(token)) return null;
  const [headerPart = '', payloadPart = '', signaturePart = ''] = token.split('.');
  if (![headerPart, payloadPart, signaturePart].every(isCanonicalBase64Url)) return null;
  const header = parseCanonicalObject(Buffer.from(headerPart, 'base64url'));
  return header === null ? null : { token, header, payload: Buffer.from(payloadPart, 'base64url') };
}

/**
 * Whether a signature is that of the key, under the key's own algorithm. Critical extensions are refused because none
 * is understood here (RFC 7515, section 4.1.11); keys within the header mean nothing.
 */
export function verifySignature({ token, header }: CompactJws, { algorithm, key }: VerificationKey): boolean {
  if (header['alg'] !== algorithm || 'crit' in header) return false;
  try {
    // Times are not the signature's business: they are judged at every use of a token, this only once.
    jwt.verify(token, key, { algorithms: [algorithm], ignoreExpiration: true, ignoreNotBefore: true });
    return true;
  } catch {
    return false;
  }
}

/**
 * Parses a JSON object whose bytes are exactly what JSON.stringify writes: this leaves no room for duplicate members,
 * which parsers read differently, nor for what is no UTF-8, which decoders replace.
 */
export function parseCanonicalObject(bytes: Buffer): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject && bytes.equals(Buffer.from(JSON.stringify(value))) ? { ...value } : null;
  } catch {
    return null;
  }
}

function isCanonicalBase64Url(part: string): boolean {
  return Buffer.from(part, 'base64url').toString('base64url') === part;
}
