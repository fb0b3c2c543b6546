import { hash, timingSafeEqual } from 'node:crypto';
import type { RequestHandler } from 'express';
import { failureBody } from './failure-body.js';

/** The header by which a subgraph knows that a request comes from its gateway. */
export const ROUTER_CREDENTIAL_HEADER = 'router-authorization';

/** The challenge of a refusal (RFC 9110, section 11.6.1), by which a gateway tells it from a client's missing token. */
export const ROUTER_CHALLENGE = 'Router';

/** What is answered to everybody else, with the status 401 and the challenge. */
export const STRANGER_BODY = failureBody('UNAUTHENTICATED', 'This service answers its gateway only.', {
  reason: 'TOKEN_MISSING',
});

/**
 * Creates what tells the gateway from everybody else (OWASP ASVS 5, 4.1.3: intermediaries set the headers that are
 * trusted). Digests are compared, so that neither content nor length shows in the time taken.
 *
 * @param secrets - Each of them is accepted.
 */
export function createCredentialCheck(secrets: readonly string[]): (presented: string | undefined) => boolean {
  const accepted = secrets.map(digest);
  return (presented = '') => {
    const candidate = digest(presented);
    return accepted.filter((secret) => timingSafeEqual(secret, candidate)).length > 0;
  };
}

/** Refuses every request that does not carry one of the secrets. */
export function requireRouterCredential(secrets: readonly string[]): RequestHandler {
  const isGateway = createCredentialCheck(secrets);
  return (request, response, next) => {
    if (isGateway(request.get(ROUTER_CREDENTIAL_HEADER))) next();
    else response.status(401).set('www-authenticate', ROUTER_CHALLENGE).json(STRANGER_BODY);
  };
}

function digest(value: string): Buffer {
  return hash('sha256', value, 'buffer');
}
