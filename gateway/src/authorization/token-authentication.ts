import { createAccessTokenVerifier } from '@identity/service-kit/access-token-verifier';
import { createTokenAuthentication, type AuthenticateToken } from '@identity/service-kit/authentication';
import type { Clock } from '@identity/service-kit/clock';
import type { Logger } from '@identity/service-kit/logger';
import { createRemoteKeys } from '@identity/service-kit/remote-keys';
import type { VerifiedTokens } from '@identity/service-kit/verified-tokens';

/** What the gateway needs to know to verify a token. */
export interface TokenAuthenticationOptions {
  /** The base URL of the Auth subgraph, which publishes the keys. */
  readonly authUrl: string;
  readonly issuer: string;
  readonly audience: string;
  readonly clock: Clock;
  /** Remembers signatures that have been verified; of its own unless the process has several verifiers. */
  readonly verifiedTokens?: VerifiedTokens | undefined;
  readonly logger: Logger;
}

/** Creates the authentication of the gateway: signature and claims. Whether the session has ended the subgraphs ask. */
export function createGatewayAuthentication(options: TokenAuthenticationOptions): AuthenticateToken {
  const { authUrl, issuer, audience, clock, verifiedTokens, logger } = options;
  const findKey = createRemoteKeys({ url: new URL('/.well-known/jwks.json', authUrl).href, clock, logger });
  const verify = createAccessTokenVerifier({ findKey, issuer, audience, clock, verifiedTokens });
  return createTokenAuthentication(verify, () => Promise.resolve(false));
}
