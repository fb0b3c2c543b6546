import { generateKeyPairSync, sign } from 'node:crypto';
import { VIEWER_ID } from './workloads.js';

const LIFETIME_SECONDS = 3_600;

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
  const input = [header, payload].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  const signature = sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  const published = { ...publicKey.export({ format: 'jwk' }), kid: 'bench', alg: 'ES256', use: 'sig' };
  return { token: `${input}.${signature.toString('base64url')}`, keySet: JSON.stringify({ keys: [published] }) };
}
