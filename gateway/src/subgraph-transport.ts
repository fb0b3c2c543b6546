import type { ConnectionUsage } from '@identity/service-kit/connection-metrics';
import { errors, Pool } from 'undici';

/** What a subgraph's server has answered. */
export interface TransportAnswer {
  readonly status: number;
  /** The challenge of a refused caller (RFC 9110, section 11.6.1); null without one. */
  readonly challenge: string | null;
  /** The `Set-Cookie` headers, in their order. */
  readonly setCookies: readonly string[];
  /** The body, parsed from JSON. */
  readonly body: unknown;
}

/** Carries operations to one subgraph by HTTP, or as if by HTTP. */
export interface HttpTransport {
  /** How many calls it carries at once; further ones would wait. */
  readonly connections: number;
  /** @throws Error when no JSON has arrived before the signal. */
  post(body: string, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<TransportAnswer>;
  /** Asks the subgraph whether it is live. @throws Error when there is no answer, of whatever kind, before the signal. */
  probe(signal: AbortSignal): Promise<void>;
  usage(): Omit<ConnectionUsage, 'waiting'>;
  /** Lets calls under way finish, then closes the connections. */
  close(): Promise<void>;
}

/** How many calls a transport carries at once. */
export const MAX_CONNECTIONS = 64;

/** A machine that is away must not hold a connection back for longer than it takes to notice its return. */
const CONNECT_TIMEOUT_MS = 2_000;

/** How large an answer may be. */
export const MAX_RESPONSE_BYTES = 8 * 1_024 * 1_024;
const JSON_MEDIA_TYPE = /^application\/(?:graphql-response\+)?json(?:\s*;|$)/i;

/**
 * Creates a transport over a bounded pool of HTTP connections. It follows no redirects.
 *
 * @param keepAliveMs - After how long without a call a connection is closed, whatever the server offers.
 */
export function createHttpTransport(url: string, keepAliveMs: number): HttpTransport {
  const { origin, pathname, search } = new URL(url);
  // Pipelining stays off: a mutation behind another on one connection could not be told apart from it when that breaks.
  const pool = new Pool(origin, {
    connections: MAX_CONNECTIONS,
    pipelining: 1,
    maxResponseSize: MAX_RESPONSE_BYTES,
    connect: { timeout: CONNECT_TIMEOUT_MS },
    keepAliveTimeout: keepAliveMs,
    keepAliveMaxTimeout: keepAliveMs,
  });

  return {
    connections: MAX_CONNECTIONS,
    async post(body, headers, signal) {
      const response = await pool.request({ method: 'POST', path: pathname + search, headers, body, signal });
      const contentType = response.headers['content-type'];
      if (typeof contentType !== 'string' || !JSON_MEDIA_TYPE.test(contentType)) {
        response.body.on('error', () => undefined).destroy();
        throw new Error(`the answer with status ${String(response.statusCode)} is not JSON`);
      }
      const challenge = response.headers['www-authenticate'];
      return {
        status: response.statusCode,
        challenge: typeof challenge === 'string' ? challenge : null,
        setCookies: [response.headers['set-cookie'] ?? []].flat(),
        body: parseJson(await response.body.text()),
      };
    },
    async probe(signal) {
      const response = await pool.request({ method: 'GET', path: '/health/live', signal });
      await response.body.dump();
    },
    usage() {
      const { connected, running } = pool.stats;
      return { used: running, idle: connected - running };
    },
    close: () => pool.close(),
  };
}

/** Tells whether a call has failed because nobody has answered it. */
export function isTimeout(error: unknown): boolean {
  return (
    error instanceof errors.ConnectTimeoutError || (error instanceof DOMException && error.name === 'TimeoutError')
  );
}

/** Says less than JSON.parse, whose errors quote the text. @throws Error when the text is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('the answer is not valid JSON');
  }
}
