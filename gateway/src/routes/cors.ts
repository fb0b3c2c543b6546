import { SESSION_TRANSPORT_HEADER } from '@identity/service-kit/refresh-cookie';
import { REQUEST_ID_HEADER } from '@identity/service-kit/request-id';
import type { RequestHandler } from 'express';

const ALLOWED_HEADERS = [
  'content-type',
  'authorization',
  REQUEST_ID_HEADER,
  SESSION_TRANSPORT_HEADER,
  'traceparent',
  'apollo-require-preflight',
  'x-apollo-operation-name',
].join(', ');
const PREFLIGHT_MAX_AGE_SECONDS = '600';

/**
 * Lets browsers call from the given origins, and from no other than the gateway's own besides (Fetch standard, CORS
 * protocol; OWASP ASVS 5, 3.4.2). The answer names the one origin that has asked, never `*`.
 *
 * @param credentials - Whether the browser may send its cookies along.
 */
export function allowOrigins(origins: readonly string[], credentials: boolean): RequestHandler {
  return (request, response, next) => {
    response.vary('origin');
    const origin = request.get('origin');
    if (origin === undefined || !origins.includes(origin)) {
      next();
      return;
    }
    response.set('access-control-allow-origin', origin);
    if (credentials) response.set('access-control-allow-credentials', 'true');
    response.set('access-control-expose-headers', REQUEST_ID_HEADER);
    if (request.method !== 'OPTIONS') {
      next();
      return;
    }
    response.set('access-control-allow-methods', 'GET, POST');
    response.set('access-control-allow-headers', ALLOWED_HEADERS);
    response.set('access-control-max-age', PREFLIGHT_MAX_AGE_SECONDS);
    response.status(204).end();
  };
}
