import { HeaderMap, type ApolloServer } from '@apollo/server';
import { failureAnswer } from './http-app.js';
import type { Logger } from './logger.js';
import type { AnswerKnown } from './known-query-answers.js';
import { parseBody } from './request-bytes.js';
import { createRecord, createRequestLog, type OnAnswered, type RequestRecord } from './request-log.js';
import { REQUEST_ID_HEADER, requestIdFrom } from './request-id.js';
import { traceRequest } from './request-span.js';
import {
  createCredentialCheck,
  ROUTER_CHALLENGE,
  ROUTER_CREDENTIAL_HEADER,
  STRANGER_BODY,
} from './router-credential.js';
import { contextFor, type ContextOptions, type HeaderValue, type SubgraphRequest } from './subgraph-request.js';
import type { Tracing } from './tracing.js';

/** A `POST /graphql` of the gateway, by whatever way it has come. */
export interface GatewayCall {
  /** By names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /**
   * Reads the body, of at most {@link MAX_CALL_BYTES}. Not called for whoever is not the gateway.
   *
   * @throws UnreadableBody when there is no such body.
   */
  readonly readBody: () => Promise<string>;
}

/** What is answered to a call. */
export interface CallAnswer {
  readonly status: number;
  /** By names in lower case. */
  readonly headers: ReadonlyMap<string, HeaderValue>;
  /** JSON. */
  readonly body: string;
}

/** A call while it is answered. */
export interface CallUnderWay {
  /** Never rejects. */
  readonly answer: Promise<CallAnswer>;
  /** To be called once, with the status of the answer; with 0 when the caller was gone before it. */
  readonly ended: (status: number) => void;
}

/** Begins to answer a call. */
export type AnswerCall = (call: GatewayCall) => CallUnderWay;

/** Entity representations make a gateway's request larger than any client's. */
export const MAX_CALL_BYTES = 1_024 * 1_024;

/** Surrounds asynchronous work with something that everything it starts can find. */
export type Surround = <T>(work: () => Promise<T>) => Promise<T>;

/** What answers calls. */
export interface GatewayCallsOptions<TContext extends SubgraphRequest> extends ContextOptions<TContext> {
  readonly apollo: ApolloServer<TContext>;
  /** Answers queries that are known; null for Apollo Server to answer all. */
  readonly answerKnown: AnswerKnown<TContext> | null;
  readonly routerSecrets: readonly string[];
  /** Surrounds the work on an operation that is not known. */
  readonly surround: Surround;
  readonly onAnswered: OnAnswered | undefined;
  readonly tracing: Tracing | null;
  readonly logger: Logger;
}

/**
 * Creates what answers the gateway's calls without a framework: the credential first, then the body, then GraphQL. It has
 * to agree with what the Express application of a subgraph does for all other requests.
 */
export function createGatewayCalls<TContext extends SubgraphRequest>(
  options: GatewayCallsOptions<TContext>,
): AnswerCall {
  const { apollo, answerKnown, surround, tracing, logger } = options;
  const isGateway = createCredentialCheck(options.routerSecrets);
  const writeLine = createRequestLog(logger, options.onAnswered);

  async function execute(
    call: GatewayCall,
    requestId: string,
    record: RequestRecord,
    answerHeaders: Map<string, HeaderValue>,
  ): Promise<Omit<CallAnswer, 'headers'>> {
    answerHeaders.set('cache-control', 'no-store');
    const parsed = parseBody(await call.readBody());
    const authorization = headerOf(call, 'authorization');
    const received = {
      requestId,
      authorizations: authorization === undefined ? [] : [authorization],
      record,
      exchange: {
        header: (name: string) => (name === REQUEST_ID_HEADER ? requestId : headerOf(call, name)),
        setHeader: (name: string, value: HeaderValue) => void answerHeaders.set(name, value),
      },
    };
    const context = () => contextFor(received, options);
    const known = await answerKnown?.(parsed, headerOf(call, 'accept'), context);
    if (known != null) {
      answerHeaders.set('content-type', known.type);
      return { status: 200, body: known.body };
    }
    const headers = headersOf(call).set(REQUEST_ID_HEADER, requestId);
    const answer = await surround(() =>
      apollo.executeHTTPGraphQLRequest({
        httpGraphQLRequest: { method: 'POST', headers, search: '', body: parsed },
        context,
      }),
    );
    if (answer.body.kind !== 'complete') throw new Error('the schema has no incremental delivery');
    for (const [name, value] of answer.headers) answerHeaders.set(name, value);
    return { status: answer.status ?? 200, body: answer.body.string };
  }

  return (call) => {
    const requestId = requestIdFrom(textOf(call.headers[REQUEST_ID_HEADER]));
    const record = createRecord();
    const headers = new Map<string, HeaderValue>([[REQUEST_ID_HEADER, requestId]]);
    let endSpan: (status: number) => void = () => undefined;

    function inSpan<T>(work: () => Promise<T>): Promise<T> {
      if (tracing === null) return work();
      const traceparent = textOf(call.headers['traceparent']);
      const traced = { method: 'POST', route: '/graphql', scheme: 'http', traceparent, record };
      return within((run) => {
        traceRequest(tracing, traced, (end) => {
          endSpan = end;
          run();
        });
      }, work);
    }

    async function answer(): Promise<CallAnswer> {
      if (!isGateway(textOf(call.headers[ROUTER_CREDENTIAL_HEADER]))) {
        headers.set('www-authenticate', ROUTER_CHALLENGE);
        return { status: 401, headers: headers.set(...JSON_TYPE), body: JSON.stringify(STRANGER_BODY) };
      }
      try {
        const { status, body } = await inSpan(() => execute(call, requestId, record, headers));
        return { status, headers, body };
      } catch (error) {
        const { status, body } = failureAnswer(error, requestId, logger);
        return { status, headers: headers.set(...JSON_TYPE), body: JSON.stringify(body) };
      }
    }

    return {
      answer: answer(),
      ended(status) {
        writeLine({ requestId, method: 'POST', route: '/graphql', status, record, telling: true });
        endSpan(status);
      },
    };
  };
}

const JSON_TYPE = ['content-type', 'application/json; charset=utf-8'] as const;

/** Runs asynchronous work inside of something that takes a synchronous function. */
function within<T>(around: (run: () => void) => void, work: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    around(() => {
      work().then(resolve, reject);
    });
  });
}

function headersOf({ headers }: GatewayCall): HeaderMap {
  const map = new HeaderMap();
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) map.set(name, joined(value));
  }
  return map;
}

function headerOf({ headers }: GatewayCall, name: string): string | undefined {
  const value = headers[name];
  return value === undefined ? undefined : joined(value);
}

function joined(value: string | readonly string[]): string {
  return typeof value === 'string' ? value : value.join(', ');
}

/** No header that matters here is among those of which Node.js makes lists. */
function textOf(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined;
}
