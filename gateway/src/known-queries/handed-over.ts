import type { IncomingMessage } from 'node:http';
import { UnreadableBody } from '@identity/service-kit/gateway-calls';
import type { RequestHandler } from 'express';
import type { Executing } from '../execution/apollo-types.js';

/** What has been made of requests before Express got to see them. */
export interface HandedOver {
  /** @param body - Parsed; undefined when it was no JSON object or array. */
  keepBody(request: IncomingMessage, body: object | undefined): void;
  /** @param executing - Somebody has to await it, too: not every request gets as far as to be executed. */
  keepExecution(request: IncomingMessage, executing: Executing): void;
  /** What the operation of a request brings; null when it has not been tried to execute it. */
  executionOf(request: IncomingMessage): Executing | null;
  /** Gives a request the body that is kept for it, as the parser of Express would, which then leaves the request alone. */
  readonly giveBody: RequestHandler;
}

/** Creates the place where what is handed over is kept, for as long as the request. */
export function createHandedOver(): HandedOver {
  const bodies = new WeakMap<IncomingMessage, object | null>();
  const executions = new WeakMap<IncomingMessage, Executing>();
  return {
    keepBody: (request, body) => void bodies.set(request, body ?? null),
    keepExecution: (request, executing) => void executions.set(request, executing),
    executionOf: (request) => executions.get(request) ?? null,
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
