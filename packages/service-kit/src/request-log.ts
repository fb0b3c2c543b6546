import type { IncomingMessage } from 'node:http';
import type { RequestHandler } from 'express';
import type { Logger } from './logger.js';
import { REQUEST_ID_HEADER } from './request-id.js';

/** What becomes known of a request while it is answered: names of the schema, codes of the contract, ids. */
export interface RequestRecord {
  /** `query` or `mutation`. */
  operation?: string;
  /** The root fields of the operation. Its name is not kept: clients choose it. */
  fields?: readonly string[];
  /** Of everything that went wrong, as GraphQL errors or as `userErrors`. */
  readonly codes: Set<string>;
  /** The account that has proven itself, by its token or by its password. */
  userId?: string;
  /** As far as it can be trusted. */
  clientAddress?: string;
}

/** Paths have no place in the log as they are: clients choose them. */
const ROUTES: ReadonlySet<string> = new Set([
  '/graphql',
  '/health',
  '/health/live',
  '/health/ready',
  '/.well-known/jwks.json',
]);

const records = new WeakMap<IncomingMessage, RequestRecord>();

/** The record of a request, to be completed by whoever learns something. */
export function recordOf(request: IncomingMessage): RequestRecord {
  const record = records.get(request) ?? { codes: new Set<string>() };
  records.set(request, record);
  return record;
}

/**
 * Writes one line for each request when it has been answered (OWASP ASVS 5, 16.2.1): operations and refusals at the
 * level info, the rest at debug.
 */
export function logRequests(logger: Logger): RequestHandler {
  return (request, response, next) => {
    const startedAt = performance.now();
    const route = ROUTES.has(request.path) ? request.path : 'other';
    // Also when the client is gone before its answer.
    response.once('close', () => {
      const { codes, ...known } = recordOf(request);
      const line = {
        requestId: request.get(REQUEST_ID_HEADER),
        method: request.method,
        route,
        status: response.writableFinished ? response.statusCode : 0,
        durationMs: Math.round(performance.now() - startedAt),
        ...known,
        ...(codes.size === 0 ? {} : { codes: [...codes] }),
      };
      // The rest is asked every few seconds by machines, or many at once by a browser.
      const telling = route === '/graphql' || response.statusCode >= 400;
      logger[telling ? 'info' : 'debug'](line, 'request');
    });
    next();
  };
}
