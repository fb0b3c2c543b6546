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

/** Which origins' pages may call. */
export interface CorsOptions {
  /** None but these, and the gateway's own, which needs no leave. */
  readonly origins: readonly string[];
  /** Whether the browser may send its cookies along. */
  readonly credentials: boolean;
}

/**
 * The headers of an answer by which browsers let a page of the origin have it (Fetch standard, CORS protocol; OWASP ASVS
 * 5, 3.4.2). The answer names the one origin that has asked, never `*`. Null for a request that is of no such page.
 */
export function corsHeadersFor(
  origin: string | undefined,
  { origins, credentials }: CorsOptions,
): Readonly<Record<string, string>> | null {
  if (origin === undefined || !origins.includes(origin)) return null;
  return {
    'access-control-allow-origin': origin,
    ...(credentials ? { 'access-control-allow-credentials': 'true' } : {}),
    'access-control-expose-headers': REQUEST_ID_HEADER,
  };
}

/** Lets browsers call from the given origins, and answers when they ask beforehand. */
export function allowOrigins(options: CorsOptions): RequestHandler {
  return (request, response, next) => {
    const headers = corsHeadersFor(request.get('origin'), options);
    if (headers !== null) response.set(headers);
    if (headers === null || request.method !== 'OPTIONS') {
      next();
      return;
    }
    response.set('access-control-allow-methods', 'GET, POST');
    response.set('access-control-allow-headers', ALLOWED_HEADERS);
    response.set('access-control-max-age', PREFLIGHT_MAX_AGE_SECONDS);
    response.status(204).end();
  };
}
