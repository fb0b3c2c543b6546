import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { setImmediate as endOfTurn } from 'node:timers/promises';
import { answerTypeFor } from '@identity/service-kit/answer-type';
import { isRecord } from '@identity/service-kit/json';
import { noteKnownQuery, type KnownQueries, type KnownQuery } from '@identity/service-kit/known-queries';
import { isPlainPost } from '@identity/service-kit/plain-post';
import { SESSION_TRANSPORT_HEADER } from '@identity/service-kit/refresh-cookie';
import { REQUEST_ID_HEADER, requestIdFrom } from '@identity/service-kit/request-id';
import {
  createRecord,
  createRequestLog,
  keepRecord,
  type OnAnswered,
  type RequestRecord,
} from '@identity/service-kit/request-log';
import type { Logger } from '@identity/service-kit/logger';
import type { ClientAddressOf } from '../client-address.js';
import { createContext, type GatewayContext, type RequestBounds } from '../context.js';
import type { ExecutionResult } from '../execution/apollo-types.js';
import type { LiveFederation } from '../live-federation.js';
import { LONG_BYTES } from '../long-answers.js';
import type { NetworkLimit } from '../network-limit.js';
import type { OperationWithVariables } from '../policy/request-limits.js';
import { isNestedTooDeeply } from '../policy/request-shape.js';
import type { RequestPlaces } from '../request-shedding.js';
import type { RequestsUnderWay } from '../requests-under-way.js';
import { corsHeadersFor, type CorsOptions } from '../routes/cors.js';
import type { Findings, HandedOver } from './handed-over.js';

/** What known queries are answered with. */
export interface KnownQueryListenerOptions {
  readonly queries: KnownQueries<GatewayContext>;
  readonly findCompiled: LiveFederation['findCompiled'];
  /** Whether the variables are what the operation declares, and within the limits. */
  readonly admits: (operation: OperationWithVariables) => boolean;
  readonly bodyLimitBytes: number;
  readonly bounds: RequestBounds;
  readonly cors: CorsOptions;
  /** What every answer of the endpoint carries. */
  readonly headers: Readonly<Record<string, string>>;
  readonly clientAddressOf: ClientAddressOf;
  readonly underWay: RequestsUnderWay;
  /** Null when nothing is limited. */
  readonly networkLimit: NetworkLimit | null;
  readonly places: RequestPlaces;
  readonly handedOver: HandedOver;
  /** Told of every query that has been answered here. */
  readonly onKnown: () => void;
  readonly onAnswered: OnAnswered | undefined;
  readonly logger: Logger;
}

/** A body as Apollo Server understands it, as far as that is said in few words. */
interface PlainBody {
  readonly query: string;
  readonly operationName?: string;
  readonly variables: Record<string, unknown>;
}

/**
 * Answers queries that are known, whose plans are compiled and that go well, without Express and Apollo Server, whose
 * work on a small query is several times that of the query. Everything else it hands over, together with what it has
 * found out: a request is read once and a query executed once, and whatever is to be said of it Apollo Server says.
 *
 * @param otherwise - Takes what is handed over; it must agree with this in all that it answers and logs.
 */
export function createKnownQueryListener(
  options: KnownQueryListenerOptions,
  otherwise: RequestListener,
): RequestListener {
  const { queries, admits, networkLimit, places, handedOver, underWay } = options;
  const writeLine = createRequestLog(options.logger, options.onAnswered);
  const fixedHead = Object.entries(options.headers).flat();

  function serve(request: IncomingMessage, response: ServerResponse, mediaType: string): void {
    const record = createRecord();
    const requestId = requestIdFrom(textOf(request.headers[REQUEST_ID_HEADER]));
    request.headers[REQUEST_ID_HEADER] = requestId;
    let isHandedOver = false;
    let findings: Findings | null = null;
    underWay.count(response);
    response.once('close', () => {
      if (isHandedOver) return;
      const status = response.writableFinished ? response.statusCode : 0;
      writeLine({ requestId, method: 'POST', route: '/graphql', status, record, telling: true });
    });

    function handOver(): void {
      if (response.destroyed) return;
      isHandedOver = true;
      keepRecord(request, record);
      if (findings !== null) handedOver.keep(request, findings);
      findings = null;
      otherwise(request, response);
    }

    async function answer(text: string): Promise<void> {
      if (networkLimit !== null && (await networkLimit.wait(request)) > 0) {
        handOver();
        return;
      }
      const body = parse(text);
      findings = { body, executing: null, deadline: null };
      const plain = plainBodyOf(body);
      const query = plain === null ? null : queries.find(plain.query, plain.operationName ?? null);
      if (plain === null || query === null || !isAdmitted(query, plain) || !places.take(response)) {
        handOver();
        return;
      }
      noteKnownQuery(query, record);
      const context = contextOf(request, response, record);
      findings = { body, executing: null, deadline: context.deadline };
      const execute = await options.findCompiled({
        schema: query.schema,
        document: query.document,
        operation: query.operation,
        queryHash: query.queryHash,
        request: plain,
        context,
      });
      if (execute === null) {
        handOver();
        return;
      }
      // Also when it fails: subgraphs have been called by then.
      const executing = execute();
      findings = { body, executing, deadline: context.deadline };
      const result = await executing;
      if (!isSuccess(result)) {
        handOver();
        return;
      }
      // The connection keeps its latest request until the next one comes, and that would keep these.
      findings = null;
      if (context.answeredBytes() > LONG_BYTES) await endOfTurn();
      send(request, response, mediaType, requestId, result);
    }

    readText(request, (text) => {
      answer(text).catch(handOver);
    });
  }

  function isAdmitted({ schema, document, operation }: KnownQuery, { variables }: PlainBody): boolean {
    if (isNestedTooDeeply(variables)) return false;
    const { variableDefinitions = [] } = operation;
    return variableDefinitions.length === 0 || admits({ schema, document, operation, variables });
  }

  function contextOf(request: IncomingMessage, response: ServerResponse, record: RequestRecord): GatewayContext {
    return createContext(request, response, {
      record,
      clientAddress: options.clientAddressOf(request),
      cookieMode: null,
      executing: null,
      timeoutMs: options.bounds.timeoutMs,
      maxAnswerBytes: options.bounds.maxAnswerBytes,
    });
  }

  function send(
    { headers }: IncomingMessage,
    response: ServerResponse,
    mediaType: string,
    requestId: string,
    { data }: ExecutionResult,
  ): void {
    if (response.destroyed) return;
    options.onKnown();
    const body = lineOf(JSON.stringify({ data }));
    const head = [...fixedHead, REQUEST_ID_HEADER, requestId, 'content-type', mediaType];
    head.push('content-length', String(body.length));
    const cors = corsHeadersFor(headers.origin, options.cors);
    if (cors !== null) head.push(...Object.entries(cors).flat());
    response.writeHead(200, head);
    response.end(body);
  }

  return (request, response) => {
    const mediaType = answerTypeFor(request.headers.accept);
    if (mediaType !== null && isPlainRequest(request, options.bodyLimitBytes)) serve(request, response, mediaType);
    else otherwise(request, response);
  };
}

/** Whatever asks for more than an answer is left to Express, and bodies whose size is not known beforehand. */
function isPlainRequest(request: IncomingMessage, bodyLimitBytes: number): boolean {
  const { headers } = request;
  const length = Number(headers['content-length'] ?? 0);
  return (
    isPlainPost(request) && length > 0 && length <= bodyLimitBytes && headers[SESSION_TRANSPORT_HEADER] === undefined
  );
}

/** Does nothing when the client is gone before the end of the body. */
function readText(request: IncomingMessage, done: (text: string) => void): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('error', () => undefined);
  request.on('end', () => {
    const [first] = chunks;
    done(decoder.decode(chunks.length === 1 ? first : Buffer.concat(chunks)));
  });
}

const decoder = new TextDecoder();

/** Undefined for what is not a JSON object or array. */
function parse(text: string): object | undefined {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === 'object' && body !== null ? body : undefined;
  } catch {
    return undefined;
  }
}

/** A text and the end of its line, without the copies that a longer string would be made of. */
function lineOf(text: string): Buffer {
  const line = Buffer.allocUnsafe(Buffer.byteLength(text) + 1);
  line.write(text);
  line.write('\n', line.length - 1);
  return line;
}

/** Null for whatever needs more than a look: what is wrong, and operations that are sent by an id. */
function plainBodyOf(body: object | undefined): PlainBody | null {
  if (!isRecord(body)) return null;
  const { query, operationName = null, variables = null, extensions = null, documentId = null } = body;
  if (typeof query !== 'string' || extensions !== null || documentId !== null) return null;
  if (operationName !== null && (typeof operationName !== 'string' || operationName === '')) return null;
  if (variables !== null && !isRecord(variables)) return null;
  return operationName === null
    ? { query, variables: variables ?? {} }
    : { query, variables: variables ?? {}, operationName };
}

/** An error has ways of its own: it is told in the log, masked and given a status. */
function isSuccess({ data, errors = [] }: ExecutionResult): boolean {
  return data != null && errors.length === 0;
}

/** Node.js makes no list of this header. */
function textOf(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined;
}
