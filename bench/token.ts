import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { isRecord } from '@identity/service-kit/json';
import { VIEWER_ID } from './workloads.js';

const LIFETIME_SECONDS = 3_600;
const DAY_SECONDS = 86_400;

/** What the gateway takes for a genuine access token: of an administrator, signed with ES256. */
export interface SignedAccess {
  readonly token: string;
  /** The key set that verifies it, as JSON. */
  readonly keySet: string;
}

/** Signs a token with a key of its own; good for an hour. */
export function signAccess(issuer: string, audience: string): SignedAccess {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const now = Math.floor(Date.now() / 1_000);
  const header = { alg: 'ES256', typ: 'at+jwt', kid: 'bench' };
  const payload = {
    iss: issuer,
    aud: audience,
    sub: VIEWER_ID,
    sid: 'session_bench',
    jti: 'bench',
    iat: now,
    exp: now + LIFETIME_SECONDS,
    roles: ['USER', 'ADMIN'],
  };
  const input = encoded(header, payload);
  const signature = sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  const published = { ...publicKey.export({ format: 'jwk' }), kid: 'bench', alg: 'ES256', use: 'sig' };
  return { token: `${input}.${signature.toString('base64url')}`, keySet: JSON.stringify({ keys: [published] }) };
}

/** Signs a token as `jsonwebtoken` does with a secret: HS256, good for a day. */
export function signWithSecret(subject: string, secret: string): string {
  const now = Math.floor(Date.now() / 1_000);
  const input = encoded({ alg: 'HS256', typ: 'JWT' }, { sub: subject, iat: now, exp: now + DAY_SECONDS });
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

/** Whose a token is; nothing is verified. */
export function subjectOf(token: string): string {
  const payload: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  if (!isRecord(payload) || typeof payload['sub'] !== 'string') throw new Error('a token without a subject');
  return payload['sub'];
}

function encoded(...parts: readonly object[]): string {
  return parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
}
