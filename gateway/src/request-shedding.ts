import type { ServerResponse } from 'node:http';
import { failureBody } from '@identity/service-kit/failure-body';
import { recordOf } from '@identity/service-kit/request-log';
import type { RequestHandler } from 'express';

/** What was not tried can be tried again after a second: that is about how fast a queue empties and a circuit closes. */
export const RETRY_LATER = { 'retry-after': '1' } as const;

/** The places of requests that are executed at once. */
export interface RequestPlaces {
  /**
   * Takes a place until the answer has been sent, and tells whether there was one. Whoever has one keeps it. An answer for
   * which nobody waits any more gets none: it would never give it back.
   */
  take(response: ServerResponse): boolean;
}

/** @param count - How many requests may be executed at once. */
export function createRequestPlaces(count: number): RequestPlaces {
  const taken = new Set<ServerResponse>();
  return {
    take(response) {
      if (taken.has(response)) return true;
      if (response.destroyed || taken.size >= count) return false;
      taken.add(response);
      response.on('close', () => taken.delete(response));
      return true;
    },
  };
}

/**
 * Turns requests away while too many are executed. It has to come after the reading of bodies: a client that sends its
 * body slowly must not take a place.
 *
 * @param onShed - Told of every request that is turned away.
 */
export function shedRequests(places: RequestPlaces, onShed: () => void): RequestHandler {
  return (request, response, next) => {
    if (places.take(response)) {
      next();
      return;
    }
    // Its turn may have come after its client was gone.
    if (response.destroyed) return;
    onShed();
    recordOf(request).codes.add('SERVICE_UNAVAILABLE');
    response
      .status(503)
      .set(RETRY_LATER)
      .json(
        failureBody('SERVICE_UNAVAILABLE', 'The service "gateway" is not available at the moment.', {
          service: 'gateway',
        }),
      );
  };
}
