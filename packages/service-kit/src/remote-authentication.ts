import { createAccessTokenVerifier } from './access-token-verifier.js';
import { createTokenAuthentication, type AuthenticateToken } from './authentication.js';
import type { Clock } from './clock.js';
import type { ReadinessCheck } from './health.js';
import { createIntrospectingRevocations } from './introspection-client.js';
import type { Logger } from './logger.js';
import type { RedisClient } from './redis-client.js';
import { createRedisRevocations } from './redis-revocations.js';
import { createRemoteKeys } from './remote-keys.js';
import type { IsRevoked } from './revocation.js';
import type { VerifiedTokens } from './verified-tokens.js';

/** What a subgraph needs to know to tell who is calling. */
export interface RemoteAuthenticationOptions {
  /** The base URL of the Auth subgraph. */
  readonly authUrl: string;
  /** What this subgraph proves itself with when it has to ask the Auth subgraph. */
  readonly routerSecret: string;
  readonly issuer: string;
  readonly audience: string;
  /** Where revocations are published; null to ask the Auth subgraph about every session. */
  readonly redis: RedisClient | null;
  /** Knows of revocations already, in a process shared with the Auth subgraph. */
  readonly isRevoked?: IsRevoked | undefined;
  readonly clock: Clock;
  /** Remembers signatures that have been verified; of its own unless the process has several verifiers. */
  readonly verifiedTokens?: VerifiedTokens | undefined;
  readonly logger: Logger;
}

/** The authentication of a service that is not the Auth subgraph. */
export interface RemoteAuthentication {
  readonly authenticateToken: AuthenticateToken;
  /** For the readiness of the service: rejects while there are no keys to verify tokens with. */
  readonly checkKeys: ReadinessCheck;
}

/** Creates the authentication of a subgraph that is not the Auth subgraph. */
export function createRemoteAuthentication(options: RemoteAuthenticationOptions): RemoteAuthentication {
  const { authUrl, routerSecret, issuer, audience, redis, clock, verifiedTokens, logger } = options;
  const keys = createRemoteKeys({ url: new URL('/.well-known/jwks.json', authUrl).href, clock, logger });
  const askAuth = createIntrospectingRevocations({ authUrl, routerSecret });
  // Watched: what Auth has ended while Redis was silent is asked about here when Auth has waited for that already.
  const isRevoked =
    options.isRevoked ??
    (redis === null ? askAuth : createRedisRevocations({ redis, fallback: askAuth, watched: true, logger }));
  const verify = createAccessTokenVerifier({ findKey: keys.find, issuer, audience, clock, verifiedTokens });
  return { authenticateToken: createTokenAuthentication(verify, isRevoked), checkKeys: keys.check };
}
