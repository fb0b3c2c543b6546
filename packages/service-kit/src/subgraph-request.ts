import { authenticateHeader, type AuthenticateToken, type Authentication } from './authentication.js';
import type { RequestRecord } from './request-log.js';

/** What every subgraph knows of a request; its own context adds to it. */
export interface SubgraphRequest {
  readonly requestId: string;
  readonly authentication: Authentication;
  /** The client's address as the gateway determined it. */
  readonly ipAddress: string | null;
  readonly userAgent: string | null;
  /** What the log will say of the request. */
  readonly record: RequestRecord;
}

/** The value of a header of an answer: of several lines, as only `Set-Cookie` must have them, one each. */
export type HeaderValue = string | readonly string[];

/** The HTTP request and answer around an operation, for what GraphQL has no place for. */
export interface HttpExchange {
  /** A header of the request; undefined without it. */
  header(name: string): string | undefined;
  /** Sets a header of the answer, in place of any before; several values make several lines. */
  setHeader(name: string, value: HeaderValue): void;
}

/** How a subgraph makes its contexts. */
export interface ContextOptions<TContext extends SubgraphRequest> {
  readonly authenticateToken: AuthenticateToken;
  readonly createContext: (request: SubgraphRequest, exchange: HttpExchange) => TContext;
}

/** A request before it is known who sends it. */
export interface ReceivedRequest {
  readonly requestId: string;
  /** The values of all `Authorization` headers. */
  readonly authorizations: readonly string[];
  readonly record: RequestRecord;
  readonly exchange: HttpExchange;
}

/** Finds out who stands behind a request, and makes the context of its operation. */
export async function contextFor<TContext extends SubgraphRequest>(
  { requestId, authorizations, record, exchange }: ReceivedRequest,
  { authenticateToken, createContext }: ContextOptions<TContext>,
): Promise<TContext> {
  const authentication: Authentication =
    authorizations.length > 1
      ? { kind: 'refused', reason: 'TOKEN_INVALID' }
      : await authenticateHeader(authorizations[0], authenticateToken, requestId);
  if (authentication.kind === 'authenticated') record.userId = authentication.viewer.userId;
  const request = {
    requestId,
    authentication,
    ipAddress: exchange.header('x-forwarded-for') ?? null,
    userAgent: exchange.header('user-agent') ?? null,
    record,
  };
  return createContext(request, exchange);
}
