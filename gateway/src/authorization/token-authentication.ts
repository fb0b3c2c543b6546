import { createAccessTokenVerifier } from '@identity/service-kit/access-token-verifier';
import { createTokenAuthentication } from '@identity/service-kit/authentication';
import type { Clock } from '@identity/service-kit/clock';
import type { Logger } from '@identity/service-kit/logger';
import type { RemoteAuthentication } from '@identity/service-kit/remote-authentication';
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
export function createGatewayAuthentication(options: TokenAuthenticationOptions): RemoteAuthentication {
  const { authUrl, issuer, audience, clock, verifiedTokens, logger } = options;
  const keys = createRemoteKeys({ url: new URL('/.well-known/jwks.json', authUrl).href, clock, logger });
  const verify = createAccessTokenVerifier({ findKey: keys.find, issuer, audience, clock, verifiedTokens });
  const authenticateToken = createTokenAuthentication(verify, () => Promise.resolve(false));
  return { authenticateToken, checkKeys: keys.check };
}
