import { MAX_ANSWER_BYTES } from '@identity/service-kit/answer-text';
import type { ConnectionUsage } from '@identity/service-kit/connection-metrics';
import { DeadlineExceededError } from '@identity/service-kit/deadline';
import { errors, Pool } from 'undici';
import { collectAnswer, type HttpAnswer, type HttpAnswerHead, type HttpCall } from './http-answer.js';
import { LONG_BYTES, parseAdmitted, readApart, readUntil, type AdmitAnswer } from './long-answers.js';
import { createSharedConnections } from './shared-connections.js';

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
  /**
   * @param isMutation - What is not may share a connection with others, and is sent a second time when that breaks.
   * @param timeoutMs - How long the call may take.
   * @throws AnswerTooLargeError when the answer is not admitted.
   * @throws ShedError when the answer to a query has to wait for others for longer than the call may take.
   * @throws Error when no JSON has arrived in time.
   */
  post(
    body: string,
    headers: Readonly<Record<string, string>>,
    isMutation: boolean,
    timeoutMs: number,
    admits: AdmitAnswer,
  ): Promise<TransportAnswer>;
  /** Asks the subgraph whether it is live. @throws Error when there is no answer, of whatever kind, in time. */
  probe(timeoutMs: number): Promise<void>;
  usage(): Omit<ConnectionUsage, 'waiting'>;
  /** Lets calls under way finish, then closes the connections. */
  close(): Promise<void>;
}

/** How many calls a transport carries at once. */
export const MAX_CONNECTIONS = 64;

/** A machine that is away must not hold a connection back for longer than it takes to notice its return. */
const CONNECT_TIMEOUT_MS = 2_000;

const NO_COOKIES: readonly string[] = [];

const LIVENESS: HttpCall = {
  method: 'GET',
  path: '/health/live',
  headers: {},
  body: null,
  idempotent: false,
  blocking: false,
};

const JSON_MEDIA_TYPE = /^application\/(?:graphql-response\+)?json(?:\s*;|$)/i;

/**
 * Creates a transport over a bounded pool of HTTP connections. It follows no redirects.
 *
 * @param keepAliveMs - After how long without a call a connection is closed, whatever the server offers.
 */
export function createHttpTransport(url: string, keepAliveMs: number): HttpTransport {
  const { origin, pathname, search } = new URL(url);
  const path = pathname + search;
  const options = {
    maxResponseSize: MAX_ANSWER_BYTES,
    keepAliveTimeout: keepAliveMs,
    keepAliveMaxTimeout: keepAliveMs,
    // Each call has a deadline of its own.
    headersTimeout: 0,
    bodyTimeout: 0,
  };
  const queries = createSharedConnections(origin, {
    ...options,
    connections: MAX_CONNECTIONS,
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
  });
  // A mutation behind another request on one connection could not be told apart from it when that breaks.
  const mutations = new Pool(origin, {
    ...options,
    connections: MAX_CONNECTIONS,
    pipelining: 1,
    connect: { timeout: CONNECT_TIMEOUT_MS },
  });

  function send(
    body: string,
    headers: Readonly<Record<string, string>>,
    isMutation: boolean,
    timeoutMs: number,
  ): Promise<HttpAnswer> {
    const call: HttpCall = { method: 'POST', path, headers, body, idempotent: !isMutation, blocking: isMutation };
    return isMutation
      ? collectAnswer(mutations, call, demandJson, timeoutMs)
      : queries.use((connection) => collectAnswer(connection, call, demandJson, timeoutMs));
  }

  return {
    connections: MAX_CONNECTIONS,
    async post(body, headers, isMutation, timeoutMs, admits) {
      const until = readUntil(isMutation, timeoutMs);
      const answer = await send(body, headers, isMutation, timeoutMs);
      const challenge = answer.headers['www-authenticate'];
      const setCookie = answer.headers['set-cookie'];
      return {
        status: answer.status,
        challenge: typeof challenge === 'string' ? challenge : null,
        setCookies: setCookie === undefined ? NO_COOKIES : [setCookie].flat(),
        body:
          answer.body.length > LONG_BYTES
            ? await readApart(answer.body, admits, until)
            : parseAdmitted(answer.body, admits),
      };
    },
    async probe(timeoutMs) {
      await collectAnswer(mutations, LIVENESS, acceptAnything, timeoutMs);
    },
    usage() {
      const { connected, running } = mutations.stats;
      const shared = queries.usage();
      return { used: running + shared.busy, idle: connected - running + shared.connected - shared.busy };
    },
    async close() {
      await Promise.all([queries.close(), mutations.close()]);
    },
  };
}

function demandJson({ status, headers }: HttpAnswerHead): void {
  const contentType = headers['content-type'];
  if (typeof contentType !== 'string' || !JSON_MEDIA_TYPE.test(contentType))
    throw new Error(`the answer with status ${String(status)} is not JSON`);
}

const acceptAnything = (): void => undefined;

/** Tells whether a call has failed because nobody has answered it. */
export function isTimeout(error: unknown): boolean {
  return error instanceof errors.ConnectTimeoutError || error instanceof DeadlineExceededError;
}
