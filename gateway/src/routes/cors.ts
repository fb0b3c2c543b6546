import { REQUEST_ID_HEADER } from '@identity/service-kit/request-id';
import type { RequestHandler } from 'express';

const ALLOWED_HEADERS = [
  'content-type',
  'authorization',
  REQUEST_ID_HEADER,
  'traceparent',
  'apollo-require-preflight',
  'x-apollo-operation-name',
].join(', ');
const PREFLIGHT_MAX_AGE_SECONDS = '600';

/**
 * Lets browsers call from the given origins, and from no other than the gateway's own besides (Fetch standard, CORS
 * protocol). Credentials of the browser, such as cookies, are not allowed.
 */
export function allowOrigins(origins: readonly string[]): RequestHandler {
  return (request, response, next) => {
    response.vary('origin');
    const origin = request.get('origin');
    if (origin === undefined || !origins.includes(origin)) {
      next();
      return;
    }
    response.set('access-control-allow-origin', origin);
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
