import { randomUUID } from 'node:crypto';

/** The header that carries a request's id through all services and back to the client. */
export const REQUEST_ID_HEADER = 'x-request-id';

/** A UUID of any version, a ULID, or 32 hexadecimal digits: what else stands there by mistake may be a secret. */
const ACCEPTABLE = /^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}|[0-7][0-9a-hjkmnp-tv-z]{25})$/i;

/** Takes over the id that the caller has given, if it has the form of one, and makes one otherwise. */
export function requestIdFrom(header: string | undefined): string {
  return header !== undefined && ACCEPTABLE.test(header) ? header : randomUUID();
}
