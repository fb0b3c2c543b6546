import { once } from 'node:events';
import type { RequestHandler, Response } from 'express';

/** The requests that have arrived and not been answered. */
export interface RequestsUnderWay {
  readonly count: RequestHandler;
  /** How many they are. */
  underWay(): number;
  /** Resolves when all requests that have arrived until now have been answered, or their clients are gone. */
  untilAnswered(): Promise<void>;
}

/** Creates the count of the requests under way. */
export function createRequestsUnderWay(): RequestsUnderWay {
  const open = new Set<Response>();

  return {
    count(_request, response, next) {
      open.add(response);
      response.once('close', () => open.delete(response));
      next();
    },
    underWay: () => open.size,
    async untilAnswered() {
      await Promise.all([...open].map((response) => once(response, 'close')));
    },
  };
}
