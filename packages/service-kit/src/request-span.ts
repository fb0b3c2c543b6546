import type { RequestHandler } from 'express';
import { recordOf, serverErrorOf, type RequestRecord } from './request-log.js';
import type { Tracing } from './tracing.js';

/** A request, as its span shows it. */
export interface TracedRequest {
  readonly method: string;
  readonly route: string;
  readonly scheme: string;
  /** What the caller says of its trace; undefined when it says nothing. */
  readonly traceparent: string | undefined;
  readonly record: RequestRecord;
}

/**
 * Runs the work on a request in a span.
 *
 * @param work - Is given what ends the span with the status of the answer, which is 0 when the client was gone before.
 */
export function traceRequest(
  tracing: Tracing,
  { method, route, scheme, traceparent, record }: TracedRequest,
  work: (end: (status: number) => void) => void,
): void {
  const attributes = {
    'http.request.method': method,
    'http.route': route,
    'url.path': route,
    'url.scheme': scheme,
  };
  tracing.serve(traceparent, { name: `${method} ${route}`, attributes }, (span, ids) => {
    record.traceIds = ids;
    work((status) => {
      span.set({ ...(status === 0 ? {} : { 'http.response.status_code': status }), ...operationOf(record) });
      span.end(failureOf(status, record));
    });
  });
}

/** Makes a span of every request to a route, in which everything after this runs. */
export function traceRequests(tracing: Tracing, route: string): RequestHandler {
  return (request, response, next) => {
    const { method, protocol: scheme } = request;
    const traced = { method, route, scheme, traceparent: request.get('traceparent'), record: recordOf(request) };
    traceRequest(tracing, traced, (end) => {
      response.once('close', () => {
        end(response.writableFinished ? response.statusCode : 0);
      });
      next();
    });
  };
}

/** The name of an operation is the client's to choose, and so has no place here. */
function operationOf({ operation, fields = [], codes }: RequestRecord) {
  return {
    ...(operation === undefined ? {} : { 'graphql.operation.type': operation, 'identity.fields': fields }),
    ...(codes.size === 0 ? {} : { 'identity.codes': [...codes] }),
  };
}

/** What a client has done wrong is no failure of the service. */
function failureOf(status: number, { codes }: RequestRecord): string | undefined {
  if (status === 0) return 'aborted';
  return serverErrorOf(codes) ?? (status >= 500 ? String(status) : undefined);
}
