import type { IncomingMessage } from 'node:http';
import { UnreadableBody } from '@identity/service-kit/gateway-calls';
import type { RequestHandler } from 'express';
import type { ExecutionResult } from '../execution/apollo-types.js';

/** What has been made of requests before Express got to see them. */
export interface HandedOver {
  /** @param body - Parsed; undefined when it was no JSON object or array. */
  keepBody(request: IncomingMessage, body: object | undefined): void;
  keepResult(request: IncomingMessage, result: ExecutionResult): void;
  /** What the operation of a request has brought; null when it has not been executed. */
  resultOf(request: IncomingMessage): ExecutionResult | null;
  /** Gives a request the body that is kept for it, as the parser of Express would, which then leaves the request alone. */
  readonly giveBody: RequestHandler;
}

/** Creates the place where what is handed over is kept, for as long as the request. */
export function createHandedOver(): HandedOver {
  const bodies = new WeakMap<IncomingMessage, object | null>();
  const results = new WeakMap<IncomingMessage, ExecutionResult>();
  return {
    keepBody: (request, body) => void bodies.set(request, body ?? null),
    keepResult: (request, result) => void results.set(request, result),
    resultOf: (request) => results.get(request) ?? null,
    giveBody(request, _response, next) {
      const body = bodies.get(request);
      if (body === null) {
        next(new UnreadableBody(400));
        return;
      }
      if (body !== undefined) request.body = body;
      next();
    },
  };
}
