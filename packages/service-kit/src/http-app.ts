import express, { type ErrorRequestHandler, type Express, type Request } from 'express';
import { failureBody } from './failure-body.js';
import type { Logger } from './logger.js';
import { REQUEST_ID_HEADER, requestIdFrom } from './request-id.js';
import { logRequests, type OnAnswered } from './request-log.js';

/** Apollo Server takes a time that grows with the square of it, which a header of 16 KiB makes 200 ms. */
const MAX_CONTENT_TYPE = 256;

/**
 * Creates an HTTP application that gives every request an id, says so in the answer, and logs the request.
 *
 * @param onAnswered - Told of every request that is logged.
 */
export function createHttpApp(logger: Logger, onAnswered?: OnAnswered): Express {
  const app = express();
  // Whoever watches or limits a path, here or in a proxy, shall not miss another spelling of it.
  app.enable('case sensitive routing').enable('strict routing');
  app.disable('x-powered-by');
  app.disable('etag');
  app.use((request, response, next) => {
    const requestId = requestIdFrom(request.get(REQUEST_ID_HEADER));
    request.headers[REQUEST_ID_HEADER] = requestId;
    response.setHeader(REQUEST_ID_HEADER, requestId);
    if (!namesOneHost(request))
      response.status(400).json(failureBody('BAD_USER_INPUT', 'The request must name one host.'));
    else if ((request.get('content-type') ?? '').length > MAX_CONTENT_TYPE)
      response.status(415).json(failureBody('BAD_USER_INPUT', 'The content type is too long.'));
    else next();
  });
  app.use(logRequests(logger, onAnswered));
  return app;
}

/** RFC 9112, section 3.2; Node.js would refuse a missing one without a body, and let two pass. */
function namesOneHost({ headersDistinct, httpVersion }: Request): boolean {
  const hosts = headersDistinct['host'] ?? [];
  return hosts.length === 1 || (hosts.length === 0 && httpVersion === '1.0');
}

/** Answers whatever no route has taken, and whatever a route has thrown, as JSON without internals. Comes last. */
export function finishHttpApp(app: Express, logger: Logger): void {
  app.use((_request, response) => {
    response.status(404).json(failureBody('BAD_USER_INPUT', 'There is nothing at this path.'));
  });
  const onError: ErrorRequestHandler = (error: unknown, request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const { status, body } = failureAnswer(error, request.get(REQUEST_ID_HEADER), logger);
    response.status(status).json(body);
  };
  app.use(onError);
}

/** What is answered to a request that has failed with an error before GraphQL; what is our fault is logged. */
export function failureAnswer(
  error: unknown,
  requestId: string | undefined,
  logger: Logger,
): { readonly status: number; readonly body: object } {
  const status = clientStatusOf(error);
  if (status === 500) logger.error({ err: error, requestId }, 'a request failed');
  return { status, body: failureOf(status, requestId) };
}

/** Body parsing and routing mark the client's faults with a 4xx status; everything else is ours. */
function clientStatusOf(error: unknown): number {
  const status: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'status') : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : 500;
}

function failureOf(status: number, requestId: string | undefined) {
  if (status === 413) return failureBody('BAD_USER_INPUT', 'The request body is too large.');
  if (status < 500)
    return failureBody('BAD_USER_INPUT', 'The request could not be read: the body must be JSON in UTF-8.');
  return failureBody('INTERNAL_SERVER_ERROR', 'Internal server error.', { requestId });
}
