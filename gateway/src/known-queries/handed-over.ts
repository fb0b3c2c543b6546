import type { IncomingMessage } from 'node:http';
import { UnreadableBody } from '@identity/service-kit/request-bytes';
import type { RequestHandler } from 'express';
import type { Executing } from '../execution/apollo-types.js';

/** What has been made of a request. */
export interface Findings {
  /** Undefined when it was no JSON object or array. */
  readonly body: object | undefined;
  /** What the operation brings; null when it has not been tried to execute it. Somebody has to await it. */
  readonly executing: Executing | null;
  /** When it has to be answered, in milliseconds of `performance.now()`; null when that has not begun to count. */
  readonly deadline: number | null;
}

/** What has been made of requests before Express got to see them. */
export interface HandedOver {
  keep(request: IncomingMessage, findings: Findings): void;
  /** Takes what is kept of a request; null when there is nothing. */
  take(request: IncomingMessage): Findings | null;
  /** Gives a request the body that is kept for it, as the parser of Express would, which then leaves the request alone. */
  readonly giveBody: RequestHandler;
}

/** Creates the place where what is handed over is kept until it is needed: a request lives as long as its connection. */
export function createHandedOver(): HandedOver {
  const kept = new WeakMap<IncomingMessage, Findings>();
  return {
    keep: (request, findings) => void kept.set(request, findings),
    take(request) {
      const findings = kept.get(request) ?? null;
      kept.delete(request);
      return findings;
    },
    giveBody(request, _response, next) {
      const findings = kept.get(request);
      if (findings !== undefined && findings.body === undefined) {
        next(new UnreadableBody(400));
        return;
      }
      if (findings !== undefined) request.body = findings.body;
      next();
    },
  };
}
