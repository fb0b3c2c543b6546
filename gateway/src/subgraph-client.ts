import type { GraphQLDataSource } from '@apollo/gateway';
import { serviceUnavailable } from '@identity/service-kit/errors';
import { REQUEST_ID_HEADER } from '@identity/service-kit/request-id';
import { ROUTER_CHALLENGE, ROUTER_CREDENTIAL_HEADER } from '@identity/service-kit/router-credential';
import { GraphQLError } from 'graphql';
import type { GatewayContext } from './context.js';
import { clientPathOf, type Fetch } from './error-paths.js';
import { LocatedError } from './located-error.js';
import { isRecord, readAnswer, type ResponsePath, type SubgraphAnswer } from './subgraph-answer.js';
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
  readonly rootsByRequest: WeakMap<object, Record<string, unknown>[]>;
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
}: SubgraphClientOptions): SubgraphClient {
  async function ask(
    body: string,
    context: GatewayContext,
    representationCount: number | null,
  ): Promise<SubgraphAnswer> {
    const answer = await transport.post(body, forwardedHeaders(context, routerSecret));
    if (answer.challenge === ROUTER_CHALLENGE)
      throw new Error("the subgraph refuses the gateway's credential: ROUTER_SECRET differs");
    return readAnswer(answer.body, representationCount);
  }

  return {
    async process(options): Promise<Response> {
      if (!('incomingRequestContext' in options)) throw new Error('only operations of clients are sent to subgraphs');
      const { request, context, incomingRequestContext, pathInIncomingRequest = [] } = options;
      const { query = '', operationName, variables = {} } = request;
      const roots = rootsByRequest.get(incomingRequestContext) ?? [];
      const fetch: Fetch = {
        query,
        target: pathInIncomingRequest.map(String),
        representations: representationsOf(variables),
        roots,
      };
      try {
        const { data, errors } = await ask(
          JSON.stringify({ query, operationName, variables }),
          context,
          fetch.representations?.length ?? null,
        );
        if (data !== null && fetch.representations === null && fetch.target.length === 0)
          rootsByRequest.set(incomingRequestContext, [...roots, data]);
        const located = errors.map((error) =>
          locatedError(clientFailureOf(error, name, { query, variables }), clientPathOf(fetch, error.path)),
        );
        return { data, ...(located.length === 0 ? {} : { errors: located }) };
      } catch (error) {
        const { message, code, details } = serviceUnavailable(name);
        return {
          errors: [locatedError({ message, extensions: { code, ...details } }, clientPathOf(fetch, null), error)],
        };
      }
    },
  };
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
