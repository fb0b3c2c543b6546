import type { ConnectionUsage } from '@identity/service-kit/connection-metrics';
import { Pool } from 'undici';

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

/** Carries operations to one subgraph. */
export interface SubgraphTransport {
  /**
   * Sends one operation, once: what has failed may have happened all the same, so that nothing is ever sent again.
   *
   * @throws Error when no JSON has arrived in time.
   */
  post(body: string, headers: Readonly<Record<string, string>>): Promise<TransportAnswer>;
  usage(): ConnectionUsage;
  /** Lets calls under way finish, then closes the connections. */
  close(): Promise<void>;
}

/** What a transport is made from. */
export interface TransportOptions {
  readonly url: string;
  /** How long a call may take from waiting for a connection to the last byte, in milliseconds. */
  readonly timeoutMs: number;
}

const MAX_CONNECTIONS = 64;
const MAX_RESPONSE_BYTES = 8 * 1_024 * 1_024;
const JSON_MEDIA_TYPE = /^application\/(?:graphql-response\+)?json(?:\s*;|$)/i;

/** Creates a transport over a bounded pool of HTTP connections. It follows no redirects. */
export function createHttpTransport({ url, timeoutMs }: TransportOptions): SubgraphTransport {
  const { origin, pathname, search } = new URL(url);
  // Pipelining stays off: a mutation behind another on one connection could not be told apart from it when that breaks.
  const pool = new Pool(origin, { connections: MAX_CONNECTIONS, pipelining: 1, maxResponseSize: MAX_RESPONSE_BYTES });

  return {
    async post(body, headers) {
      const signal = AbortSignal.timeout(timeoutMs);
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
    usage() {
      const { connected, running, pending } = pool.stats;
      return { used: running, idle: connected - running, waiting: pending };
    },
    close: () => pool.close(),
  };
}

/** Says less than JSON.parse, whose errors quote the text. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('the answer is not valid JSON');
  }
}
