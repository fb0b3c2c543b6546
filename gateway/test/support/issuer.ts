import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import type { Role } from '@identity/service-kit/access-token';
import { toPublishedKey } from '@identity/service-kit/jwks';
import { createVerificationKey } from '@identity/service-kit/verification-key';
import { startServer, type SubgraphServer } from './subgraph-server.js';

/** Somebody who issues access tokens and publishes the key. */
export interface TestIssuer {
  /** The base URL. */
  readonly url: string;
  /** How often the key has been asked for. */
  readonly requests: SubgraphServer['requests'];
  /** The header of somebody with these roles. @param age - How long ago the token was issued, in seconds. */
  bearer(roles: readonly Role[], age?: number): Readonly<Record<string, string>>;
  /** The same of a token that is right but for one thing: the key that signed it, or whom it is made for. */
  wrongBearer(what: 'key' | 'audience', roles: readonly Role[]): Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

const LIFETIME_SECONDS = 900;
const AUDIENCE = 'identity-supergraph';

export async function startIssuer(): Promise<TestIssuer> {
  const [{ publicKey, privateKey }, stranger] = [newKeys(), newKeys()];
  const published = createVerificationKey(publicKey);
  if (published === null) throw new Error('the key is of no use');
  const server = await startServer((_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ keys: [toPublishedKey('k', published)] }));
  });
  return {
    url: new URL('/', server.url).href,
    requests: server.requests,
    bearer: (roles, age = 0) => bearing(accessToken(privateKey, roles, { age })),
    wrongBearer: (what, roles) =>
      bearing(
        what === 'key'
          ? accessToken(stranger.privateKey, roles)
          : accessToken(privateKey, roles, { audience: 'somebody-else' }),
      ),
    stop: server.stop,
  };
}

function newKeys() {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

function bearing(token: string): Readonly<Record<string, string>> {
  return { authorization: `Bearer ${token}` };
}

function accessToken(key: KeyObject, roles: readonly Role[], { age = 0, audience = AUDIENCE } = {}): string {
  const iat = Math.floor(Date.now() / 1_000) - age;
  const claims = {
    iss: 'http://localhost:4000',
    aud: audience,
    sub: 'user_1',
    sid: 'session_1',
    jti: 'token_1',
    iat,
    exp: iat + LIFETIME_SECONDS,
    roles,
  };
  const content = [{ alg: 'ES256', typ: 'at+jwt', kid: 'k' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const signature = sign('sha256', Buffer.from(content), { key, dsaEncoding: 'ieee-p1363' });
  return `${content}.${signature.toString('base64url')}`;
}
