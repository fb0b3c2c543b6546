import type { RequestHandler } from 'express';
import { recordOf, serverErrorOf, type RequestRecord } from './request-log.js';
import type { Tracing } from './tracing.js';

/** Makes a span of every request to a route, in which everything after this runs. */
export function traceRequests(tracing: Tracing, route: string): RequestHandler {
  return (request, response, next) => {
    const attributes = {
      'http.request.method': request.method,
      'http.route': route,
      'url.path': route,
      'url.scheme': request.protocol,
    };
    const begun = { name: `${request.method} ${route}`, attributes };
    tracing.serve(request.get('traceparent'), begun, (span, ids) => {
      const record = recordOf(request);
      record.traceIds = ids;
      response.once('close', () => {
        const status = response.writableFinished ? response.statusCode : 0;
        span.set({ ...(status === 0 ? {} : { 'http.response.status_code': status }), ...operationOf(record) });
        span.end(failureOf(status, record));
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
