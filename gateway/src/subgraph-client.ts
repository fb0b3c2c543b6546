import type { GraphQLDataSource } from '@apollo/gateway';
import { serviceUnavailable } from '@identity/service-kit/errors';
import { REQUEST_ID_HEADER } from '@identity/service-kit/request-id';
import { ROUTER_CHALLENGE, ROUTER_CREDENTIAL_HEADER } from '@identity/service-kit/router-credential';
import { namesOf } from '@identity/service-kit/schema-names';
import { GraphQLError, OperationTypeNode } from 'graphql';
import type { GatewayContext } from './context.js';
import type { CookieMode } from './cookie-mode.js';
import { batchesOf, joinAnswers } from './entity-batches.js';
import { placesOf } from './error-paths.js';
import { LocatedError } from './located-error.js';
import { isRecord } from '@identity/service-kit/json';
import { readAnswer, type ResponsePath, type SubgraphAnswer } from './subgraph-answer.js';
import { clientFailureOf, type ClientFailure } from './subgraph-errors.js';
import type { SubgraphTransport } from './subgraph-transport.js';

/** Asks one subgraph. */
export type SubgraphClient = GraphQLDataSource<GatewayContext>;

/** What a client is made from. */
export interface SubgraphClientOptions {
  /** The subgraph's public name. */
  readonly name: string;
  readonly routerSecret: string;
  readonly transport: SubgraphTransport;
  /** What root fetches have brought, by request; shared by the clients of all subgraphs. */
  readonly rootsByRequest: WeakMap<object, readonly Record<string, unknown>[]>;
  /** Whether its mutations may read and set the cookie with the refresh token. */
  readonly keepsRefreshCookie: boolean;
}

type Response = Awaited<ReturnType<SubgraphClient['process']>>;

/**
 * Creates the data source by which the gateway executes its fetches at one subgraph. What goes wrong becomes an error
 * with the place in the client's answer; `process` never rejects for it, so that the rest of the answer stays.
 */
export function createSubgraphClient({
  name,
  routerSecret,
  transport,
  rootsByRequest,
  keepsRefreshCookie,
}: SubgraphClientOptions): SubgraphClient {
  async function ask(
    request: Sent,
    context: GatewayContext,
    cookieMode: CookieMode | null,
    entityCount: number | null,
  ): Promise<SubgraphAnswer> {
    const headers = { ...forwardedHeaders(context, routerSecret), ...cookieMode?.headers };
    const answer = await transport.post(JSON.stringify(request), headers);
    if (answer.challenge === ROUTER_CHALLENGE) throw new Error('the subgraph knows another ROUTER_SECRET');
    cookieMode?.receive(answer.setCookies);
    return readAnswer(answer.body, entityCount);
  }

  return {
    async process(options): Promise<Response> {
      if (!('incomingRequestContext' in options)) throw new Error('only operations of clients are sent to subgraphs');
      const { request, context, incomingRequestContext, pathInIncomingRequest = [] } = options;
      const { query = '', operationName, variables = {} } = request;
      const target = pathInIncomingRequest.map(String);
      const representations = representationsOf(variables);
      const roots = (): readonly Record<string, unknown>[] => rootsByRequest.get(incomingRequestContext) ?? [];
      const findPlace = placesOf({ query, target, representations, roots: roots() });

      const isMutation =
        incomingRequestContext.operation.operation === OperationTypeNode.MUTATION && target.length === 0;
      const cookieMode = keepsRefreshCookie && isMutation ? context.cookieMode : null;

      const batches = batchesOf(variables);
      const answers = await Promise.all(
        batches.map(({ variables: part, entityCount }) =>
          ask({ query, operationName, variables: part }, context, cookieMode, entityCount).catch(toError),
        ),
      );
      const { data, errors, failure } = joinAnswers(batches, answers);
      if (data !== null && target.length === 0) rootsByRequest.set(incomingRequestContext, [...roots(), data]);
      const operation = { query, variables, isKnown: namesOf(incomingRequestContext.schema) };
      const located = [
        ...(failure === null ? [] : [locatedError(unavailable(name), findPlace(null), failure)]),
        ...errors.map((error) => locatedError(clientFailureOf(error, name, operation), findPlace(error.path))),
      ];
      return { data, ...(located.length === 0 ? {} : { errors: located }) };
    },
  };
}

interface Sent {
  readonly query: string;
  readonly operationName: string | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error('the call failed', { cause: error });
}

function unavailable(name: string): ClientFailure {
  const { message, code, details } = serviceUnavailable(name);
  return { message, extensions: { code, ...details } };
}

function locatedError(
  { message, extensions }: ClientFailure,
  path: ResponsePath | null,
  cause?: unknown,
): LocatedError {
  const error = new GraphQLError(message, { extensions, ...(path === null ? {} : { path }) });
  error.cause = cause;
  return new LocatedError(error);
}

/** Nothing but this reaches a subgraph, whatever the client has sent. */
function forwardedHeaders(context: GatewayContext, routerSecret: string): Record<string, string> {
  return {
    accept: 'application/graphql-response+json, application/json;q=0.9',
    'content-type': 'application/json',
    [ROUTER_CREDENTIAL_HEADER]: routerSecret,
    [REQUEST_ID_HEADER]: context.requestId,
    ...(context.authorization === null ? {} : { authorization: context.authorization }),
    ...(context.traceparent === null ? {} : { traceparent: context.traceparent }),
    ...(context.clientAddress === null ? {} : { 'x-forwarded-for': context.clientAddress }),
    ...(context.userAgent === null ? {} : { 'user-agent': context.userAgent }),
  };
}

function representationsOf(variables: Readonly<Record<string, unknown>>): readonly Record<string, unknown>[] | null {
  const { representations } = variables;
  return Array.isArray(representations) ? representations.filter(isRecord) : null;
}
