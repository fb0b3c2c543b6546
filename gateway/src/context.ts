import type { IncomingMessage, ServerResponse } from 'node:http';
import { isRepeated } from '@identity/service-kit/repeated-header';
import { REQUEST_ID_HEADER } from '@identity/service-kit/request-id';
import type { RequestRecord } from '@identity/service-kit/request-log';
import { formatTraceparent, parseTraceparent } from '@identity/service-kit/traceparent';
import type { CookieMode } from './cookie-mode.js';
import type { Executing } from './execution/apollo-types.js';
import { RETRY_LATER } from './request-shedding.js';
import type { AdmitAnswer, AnsweredContext } from './long-answers.js';

/** What the gateway knows of a request and may tell the subgraphs. */
export interface GatewayContext extends AnsweredContext {
  readonly requestId: string;
  /** The `Authorization` header as received; null without one. Whatever the gateway makes of it, the subgraphs judge it. */
  readonly authorization: string | null;
  /** Of the client's trace; where the gateway makes traces, its own spans take this one's place. */
  readonly traceparent: string | null;
  /** As far as it can be trusted; null when it is not known. */
  readonly clientAddress: string | null;
  /** At most 512 characters. */
  readonly userAgent: string | null;
  /** When the whole request has to be answered, in milliseconds of `performance.now()`. */
  readonly deadline: number;
  /** Counts what a subgraph has answered; false when it is more than is left of what they may answer to the request. */
  readonly admitAnswer: AdmitAnswer;
  /** What the log will say of the request. */
  readonly record: RequestRecord;
  /** Null when the client keeps its refresh token itself. */
  readonly cookieMode: CookieMode | null;
  /** What the operation brings, if its execution began before Apollo Server got to see it. */
  readonly executing: Executing | null;
  /** Tells the client that something was not tried, and might succeed soon; unless sending it again would do it twice. */
  retryLater(): void;
  /** A mutation of the operation has been sent to a subgraph. */
  mutationSent(): void;
}

/** What subgraphs may do for one request, all of them together. */
export interface RequestBounds {
  /** How long they may take from now on, in milliseconds. */
  readonly timeoutMs: number;
  /** How much they may answer, by weight. */
  readonly maxAnswerBytes: number;
}

/** What is known of a request beside its headers. */
export type ContextParts = Pick<GatewayContext, 'record' | 'clientAddress' | 'cookieMode' | 'executing'> &
  RequestBounds;

const MAX_USER_AGENT_LENGTH = 512;

/** Stands for several `Authorization` headers: no scheme of this name exists, so that every subgraph refuses it. */
const AMBIGUOUS_AUTHORIZATION = 'Ambiguous';

/** Reads from a request what the subgraphs may learn; nothing else of it reaches them. */
export function createContext(
  request: IncomingMessage,
  response: ServerResponse,
  { record, clientAddress, cookieMode, executing, timeoutMs, maxAnswerBytes }: ContextParts,
): GatewayContext {
  const { headers } = request;
  if (clientAddress !== null) record.clientAddress = clientAddress;
  let isRepeatable = true;
  let answeredBytes = 0;
  return {
    requestId: textOf(headers[REQUEST_ID_HEADER]) ?? '',
    authorization: authorizationOf(request),
    traceparent: traceparentOf(textOf(headers['traceparent'])),
    clientAddress,
    userAgent: headers['user-agent']?.slice(0, MAX_USER_AGENT_LENGTH) ?? null,
    deadline: performance.now() + timeoutMs,
    admitAnswer(bytes) {
      answeredBytes += bytes;
      return answeredBytes <= maxAnswerBytes;
    },
    answeredBytes: () => answeredBytes,
    record,
    cookieMode,
    executing,
    retryLater() {
      if (!isRepeatable) return;
      for (const [name, value] of Object.entries(RETRY_LATER)) response.setHeader(name, value);
    },
    mutationSent() {
      isRepeatable = false;
      for (const name of Object.keys(RETRY_LATER)) response.removeHeader(name);
    },
  };
}

/** The context of a request that Apollo has passed on. */
export function contextOf(passedOn: object): GatewayContext {
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- Apollo passes on what createContext has made
  return passedOn as GatewayContext;
}

/** Taking one of several headers would let a client and a proxy disagree on who is asking. */
function authorizationOf({ headers: { authorization }, rawHeaders }: IncomingMessage): string | null {
  if (authorization === undefined) return null;
  return isRepeated('authorization', rawHeaders) ? AMBIGUOUS_AUTHORIZATION : authorization;
}

function traceparentOf(header: string | undefined): string | null {
  const caller = parseTraceparent(header);
  return caller === null ? null : formatTraceparent(caller);
}

/** Only of headers that do not come here Node.js makes lists. */
function textOf(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined;
}
