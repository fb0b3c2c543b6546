import { isIP, SocketAddress } from 'node:net';
import { REQUEST_ID_HEADER } from '@identity/service-kit/request-id';
import { recordOf, type RequestRecord } from '@identity/service-kit/request-log';
import { formatTraceparent, parseTraceparent } from '@identity/service-kit/traceparent';
import type { Request, Response } from 'express';
import type { CookieMode } from './cookie-mode.js';
import { RETRY_LATER } from './request-shedding.js';

/** What the gateway knows of a request and may tell the subgraphs. */
export interface GatewayContext {
  readonly requestId: string;
  /** The `Authorization` header as received; null without one. Whatever the gateway makes of it, the subgraphs judge it. */
  readonly authorization: string | null;
  /** Of the client's trace; where the gateway makes traces, its own spans take this one's place. */
  readonly traceparent: string | null;
  /** The client's address as far as it can be trusted; null when a proxy has sent something else than an address. */
  readonly clientAddress: string | null;
  /** At most 512 characters. */
  readonly userAgent: string | null;
  /** When the whole request has to be answered, in milliseconds of `performance.now()`. */
  readonly deadline: number;
  /** What the log will say of the request. */
  readonly record: RequestRecord;
  /** Null when the client keeps its refresh token itself. */
  readonly cookieMode: CookieMode | null;
  /** Tells the client that something was not tried, and might succeed soon; unless sending it again would do it twice. */
  retryLater(): void;
  /** A mutation of the operation has been sent to a subgraph. */
  mutationSent(): void;
}

const MAX_USER_AGENT_LENGTH = 512;

/** Stands for several `Authorization` headers: no scheme of this name exists, so that every subgraph refuses it. */
const AMBIGUOUS_AUTHORIZATION = 'Ambiguous';

/**
 * Reads from a request what the subgraphs may learn; nothing else of it reaches them.
 *
 * @param timeoutMs - How long subgraphs may take for the request, all of them together, from now on.
 */
export function createContext(
  request: Request,
  response: Response,
  cookieMode: CookieMode | null,
  timeoutMs: number,
): GatewayContext {
  const clientAddress = canonicalAddress(request.ip);
  let isRepeatable = true;
  return {
    requestId: request.get(REQUEST_ID_HEADER) ?? '',
    authorization: authorizationOf(request),
    traceparent: traceparentOf(request.get('traceparent')),
    clientAddress,
    userAgent: request.get('user-agent')?.slice(0, MAX_USER_AGENT_LENGTH) ?? null,
    deadline: performance.now() + timeoutMs,
    record: Object.assign(recordOf(request), clientAddress === null ? {} : { clientAddress }),
    cookieMode,
    retryLater() {
      if (isRepeatable) response.set(RETRY_LATER);
    },
    mutationSent() {
      isRepeatable = false;
      for (const name of Object.keys(RETRY_LATER)) response.removeHeader(name);
    },
  };
}

/** Node keeps only the first of several headers; taking that one would let a client and a proxy disagree on who is asking. */
function authorizationOf(request: Request): string | null {
  const values = request.headersDistinct['authorization'] ?? [];
  return values.length > 1 ? AMBIGUOUS_AUTHORIZATION : (values[0] ?? null);
}

function traceparentOf(header: string | undefined): string | null {
  const caller = parseTraceparent(header);
  return caller === null ? null : formatTraceparent(caller);
}

/** One spelling for each address: an IPv4 client of a dual-stack socket shows as `::ffff:192.0.2.1`. */
function canonicalAddress(value: string | undefined): string | null {
  if (value === undefined || isIP(value) === 0) return null;
  if (isIP(value) === 4) return value;
  const { address } = new SocketAddress({ address: value, family: 'ipv6' });
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1] ?? address;
}
