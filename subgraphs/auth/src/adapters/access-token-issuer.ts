import { randomUUID } from 'node:crypto';
import { ACCESS_TOKEN_TYPE } from '@identity/service-kit/access-token';
import jwt from 'jsonwebtoken';
import type { AccessTokenIssuer } from '../domain/ports.js';
import type { SigningKey } from './key-ring.js';

/** What an issuer is made from. */
export interface AccessTokenIssuerOptions {
  /** Asked for every token, because keys are replaced while the service runs. */
  readonly signingKey: () => SigningKey;
  readonly issuer: string;
  readonly audience: string;
  /** How long a token is accepted, in seconds. */
  readonly lifetime: number;
}

/** Creates the issuer of access tokens (RFC 9068). */
export function createAccessTokenIssuer({
  signingKey,
  issuer,
  audience,
  lifetime,
}: AccessTokenIssuerOptions): AccessTokenIssuer {
  return {
    issue({ account, sessionId, at, notAfter }) {
      const { kid, algorithm, privateKey } = signingKey();
      const iat = Math.floor(at.getTime() / 1_000);
      const exp = Math.min(iat + lifetime, Math.floor(notAfter.getTime() / 1_000));
      const claims = {
        iss: issuer,
        aud: audience,
        sub: account.id,
        sid: sessionId,
        jti: randomUUID(),
        iat,
        exp,
        roles: account.roles,
      };
      const accessToken = jwt.sign(claims, privateKey, {
        algorithm,
        header: { alg: algorithm, typ: ACCESS_TOKEN_TYPE, kid },
      });
      return { accessToken, expiresAt: new Date(exp * 1_000) };
    },
  };
}
