import { randomUUID } from 'node:crypto';

/** The header that carries a request's id through all services and back to the client. */
export const REQUEST_ID_HEADER = 'x-request-id';

/** Long enough for a UUID, and shorter than any secret of 256 bits: those must not get into a log by the wrong header. */
const ACCEPTABLE = /^[A-Za-z0-9._-]{1,40}$/;

/** Takes over the id that the caller has given, if it is safe to log, and makes one otherwise. */
export function requestIdFrom(header: string | undefined): string {
  return header !== undefined && ACCEPTABLE.test(header) ? header : randomUUID();
}
