import type { IncomingMessage } from 'node:http';
import type { RequestHandler } from 'express';
import type { TraceIds } from './current-span.js';
import type { LogFields } from './log-fields.js';
import type { Logger } from './logger.js';
import { REQUEST_ID_HEADER } from './request-id.js';

/** What becomes known of a request while it is answered: names of the schema, codes of the contract, ids. */
export interface RequestRecord {
  /** In milliseconds of `performance.now()`. */
  readonly arrivedAt: number;
  /** `query` or `mutation`. */
  operation?: string;
  /** For metrics only; clients choose it, so that it has no place in the log. */
  operationName?: string;
  /** The root fields of the operation. */
  fields?: readonly string[];
  /** Of everything that went wrong, as GraphQL errors or as `userErrors`. */
  readonly codes: Set<string>;
  /** The account that has proven itself, by its token or by its password. */
  userId?: string;
  /** As far as it can be trusted. */
  clientAddress?: string;
  /** Of the span in which the request is answered, where there are traces. */
  traceIds?: TraceIds;
}

/** A request that has been answered. */
export interface AnsweredRequest {
  /** One of a few. */
  readonly route: string;
  /** 0 when the client was gone before its answer. */
  readonly status: number;
  /** From its arrival to the last byte of its answer. */
  readonly seconds: number;
  readonly record: RequestRecord;
}

/** Told of every request when it has been answered. */
export type OnAnswered = (answered: AnsweredRequest) => void;

/** Paths have no place in the log as they are: clients choose them. */
const ROUTES: ReadonlySet<string> = new Set([
  '/graphql',
  '/health',
  '/health/live',
  '/health/ready',
  '/metrics',
  '/.well-known/jwks.json',
]);

const records = new WeakMap<IncomingMessage, RequestRecord>();

/** Creates the record of a request that has just arrived. */
export function createRecord(): RequestRecord {
  return { arrivedAt: performance.now(), codes: new Set() };
}

/** The record of a request, to be completed by whoever learns something. */
export function recordOf(request: IncomingMessage): RequestRecord {
  const record = records.get(request) ?? createRecord();
  records.set(request, record);
  return record;
}

/** Keeps the record of a request for whoever asks for it from now on. */
export function keepRecord(request: IncomingMessage, record: RequestRecord): void {
  records.set(request, record);
}

const SERVER_ERRORS = ['INTERNAL_SERVER_ERROR', 'SERVICE_UNAVAILABLE'];

/** The code of what is our fault among the codes of a request; undefined when nothing is. */
export function serverErrorOf(codes: ReadonlySet<string>): string | undefined {
  return SERVER_ERRORS.find((code) => codes.has(code));
}

/** A request that has been answered, as the log shows it. */
export interface LoggedRequest extends Omit<AnsweredRequest, 'seconds'> {
  readonly requestId: string | undefined;
  readonly method: string;
  /** Whether operators should see it without asking for details. */
  readonly telling: boolean;
}

/** Creates what writes one line for each request (OWASP ASVS 5, 16.2.1). */
export function createRequestLog(logger: Logger, onAnswered?: OnAnswered): (answered: LoggedRequest) => void {
  return ({ requestId, method, telling, route, status, record }) => {
    const seconds = (performance.now() - record.arrivedAt) / 1_000;
    const { codes, operation, fields, userId, clientAddress, traceIds } = record;
    const line: LogFields = {
      requestId,
      method,
      route,
      status,
      durationMs: Math.round(seconds * 1_000),
      operation,
      fields,
      clientAddress,
      userId,
      codes: codes.size === 0 ? undefined : [...codes],
    };
    logger[telling ? 'info' : 'debug'](traceIds === undefined ? line : { ...line, ...traceIds }, 'request');
    onAnswered?.({ route, status, seconds, record });
  };
}

/** Logs every request when it has been answered: operations and refusals at the level info, the rest at debug. */
export function logRequests(logger: Logger, onAnswered?: OnAnswered): RequestHandler {
  const write = createRequestLog(logger, onAnswered);
  return (request, response, next) => {
    const record = recordOf(request);
    const route = ROUTES.has(request.path) ? request.path : 'other';
    // Also when the client is gone before its answer.
    response.once('close', () => {
      write({
        requestId: request.get(REQUEST_ID_HEADER),
        method: request.method,
        route,
        status: response.writableFinished ? response.statusCode : 0,
        record,
        // The rest is asked every few seconds by machines, or many at once by a browser.
        telling: route === '/graphql' || response.statusCode >= 400,
      });
    });
    next();
  };
}
