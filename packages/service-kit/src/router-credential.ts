import { createHash, timingSafeEqual } from 'node:crypto';
import type { RequestHandler } from 'express';

/** The header by which a subgraph knows that a request comes from its gateway. */
export const ROUTER_CREDENTIAL_HEADER = 'router-authorization';

/** The challenge of a refusal (RFC 9110, section 11.6.1), by which a gateway tells it from a client's missing token. */
export const ROUTER_CHALLENGE = 'Router';

/**
 * Refuses every request that does not carry one of the secrets (OWASP ASVS 5, 4.1.3: intermediaries set the headers
 * that are trusted). Digests are compared, so that neither content nor length shows in the time taken.
 */
export function requireRouterCredential(secrets: readonly string[]): RequestHandler {
  const accepted = secrets.map(digest);
  return (request, response, next) => {
    const presented = digest(request.get(ROUTER_CREDENTIAL_HEADER) ?? '');
    if (accepted.filter((candidate) => timingSafeEqual(candidate, presented)).length > 0) {
      next();
      return;
    }
    response
      .status(401)
      .set('www-authenticate', ROUTER_CHALLENGE)
      .json({
        errors: [
          {
            message: 'This service answers its gateway only.',
            extensions: { code: 'UNAUTHENTICATED', reason: 'TOKEN_MISSING' },
          },
        ],
      });
  };
}

function digest(value: string): Buffer {
  return createHash('sha256').update(value).digest();
}
