import { failureBody } from '@identity/service-kit/failure-body';
import { recordOf } from '@identity/service-kit/request-log';
import type { RequestHandler } from 'express';

/** What was not tried can be tried again after a second: that is about how fast a queue empties and a circuit closes. */
export const RETRY_LATER = { 'retry-after': '1' } as const;

/**
 * Turns requests away while too many are executed. It has to come after the reading of bodies: a client that sends its
 * body slowly must not take a place.
 *
 * @param maxExecuted - How many may be executed at once.
 * @param onShed - Told of every request that is turned away.
 */
export function shedRequests(maxExecuted: number, onShed: () => void): RequestHandler {
  let executed = 0;

  return (request, response, next) => {
    if (executed >= maxExecuted) {
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
      return;
    }
    executed += 1;
    response.once('close', () => {
      executed -= 1;
    });
    next();
  };
}
