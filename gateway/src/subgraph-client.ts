import { serviceUnavailable } from '@identity/service-kit/errors';
import { REQUEST_ID_HEADER } from '@identity/service-kit/request-id';
import { ROUTER_CHALLENGE, ROUTER_CREDENTIAL_HEADER } from '@identity/service-kit/router-credential';
import { namesOf } from '@identity/service-kit/schema-names';
import { withoutStackTraces } from '@identity/service-kit/stack-traces';
import { GraphQLError, type GraphQLSchema } from 'graphql';
import type { GatewayContext } from './context.js';
import { batchesOf, joinAnswers, type Batch } from './entity-batches.js';
import { placesOf } from './error-paths.js';
import type { SubgraphTransport } from './guarded-transport.js';
import { sessionCookiesOf } from './session-mutations.js';
import { ShedError } from './shed-error.js';
import { readAnswer, type ResponsePath, type SubgraphAnswer } from './subgraph-answer.js';
import { clientFailureOf, type ClientFailure } from './subgraph-errors.js';
import { AnswerTooLargeError } from './long-answers.js';

/** An operation as a subgraph is sent it, whatever its variables. */
export interface SubgraphOperation {
  readonly query: string;
  /** The body of the request up to the value of its variables. */
  readonly bodyStart: string;
}

/** One fetch of a query plan. */
export interface SubgraphFetch {
  readonly operation: SubgraphOperation;
  /** What the client has given, of what the operation uses. */
  readonly variables: Readonly<Record<string, unknown>>;
  /** The entities asked about; null when the fetch starts at a root type. */
  readonly representations: Batch;
  /** Where in the client's answer the fetched fields belong; `@` stands for every item of a list. */
  readonly target: readonly string[];
  readonly isMutation: boolean;
  /** What root fetches have brought so far, into which everything else is merged. */
  readonly roots: readonly Readonly<Record<string, unknown>>[];
  /** The schema of the client's operation. */
  readonly schema: GraphQLSchema;
}

/** What has become of a fetch. */
export interface FetchOutcome {
  readonly data: Record<string, unknown> | null;
  /** With their places in the client's answer, and fit for the client or masked by lack of a code. */
  readonly errors: readonly GraphQLError[];
}

/** Asks one subgraph. */
export interface SubgraphClient {
  /** Never rejects for what goes wrong with the subgraph, so that the rest of the client's answer stays. */
  ask(fetch: SubgraphFetch, context: GatewayContext): Promise<FetchOutcome>;
}

/** What a client is made from. */
export interface SubgraphClientOptions {
  /** The subgraph's public name. */
  readonly name: string;
  readonly routerSecret: string;
  readonly transport: SubgraphTransport;
  /** Whether its session mutations may read and set the cookies of cookie mode. */
  readonly keepsRefreshCookie: boolean;
  /** How many entities one call may ask for. */
  readonly maxEntitiesPerCall: number;
}

/** In place of an answer by which those to one request would get larger than they may be together. */
const TOO_LARGE: SubgraphAnswer = {
  data: null,
  errors: [
    {
      message: 'The answer is too large.',
      path: null,
      location: null,
      extensions: { code: 'OPERATION_TOO_COMPLEX' },
    },
  ],
};

const NO_ERRORS: readonly GraphQLError[] = [];

/** Prepares an operation for being sent. */
export function createSubgraphOperation(query: string, operationName: string | undefined): SubgraphOperation {
  return { query, bodyStart: `${JSON.stringify({ query, operationName }).slice(0, -1)},"variables":` };
}

/** Creates the client by which the gateway executes its fetches at one subgraph. */
export function createSubgraphClient({
  name,
  routerSecret,
  transport,
  keepsRefreshCookie,
  maxEntitiesPerCall,
}: SubgraphClientOptions): SubgraphClient {
  async function call(fetch: SubgraphFetch, context: GatewayContext, batch: Batch): Promise<SubgraphAnswer> {
    const { operation, variables, isMutation } = fetch;
    const sent = batch === null ? variables : Object.assign({}, variables, { representations: batch });
    const body = `${operation.bodyStart}${JSON.stringify(sent)}}`;
    const headers = forwardedHeaders(context, routerSecret);
    const cookieMode = keepsRefreshCookie && isMutation ? context.cookieMode : null;
    // Only what has to do with sessions gets to see the cookies, or to set them.
    const cookies = cookieMode === null ? [] : sessionCookiesOf(operation.query);
    if (cookieMode !== null) Object.assign(headers, cookieMode.headersWith(cookies));
    const answer = await transport.post(body, headers, isMutation, context.deadline, context.admitAnswer);
    if (answer.challenge === ROUTER_CHALLENGE) throw new Error('the subgraph knows another ROUTER_SECRET');
    cookieMode?.receive(cookies, answer.setCookies);
    return readAnswer(answer.body, batch?.length ?? null);
  }

  return {
    async ask(fetch, context) {
      const batches = batchesOf(fetch.representations, maxEntitiesPerCall);
      const answers = await Promise.all(batches.map((batch) => call(fetch, context, batch).catch(toOutcome)));
      if (answers.some((answer) => answer instanceof ShedError)) context.retryLater();
      else if (fetch.isMutation) context.mutationSent();
      const { data, errors, failure } = joinAnswers(batches, answers);
      if (failure === null && errors.length === 0) return { data, errors: NO_ERRORS };
      const { query } = fetch.operation;
      const findPlace = placesOf({ ...fetch, query });
      const { representations, variables } = fetch;
      const sent = {
        query,
        variables: representations === null ? variables : { ...variables, representations },
        isKnown: namesOf(fetch.schema),
      };
      return {
        data,
        errors: [
          ...(failure === null ? [] : [locatedError(unavailable(name), findPlace(null), failure)]),
          ...errors.map((error) => locatedError(clientFailureOf(error, name, sent), findPlace(error.path))),
        ],
      };
    },
  };
}

function toOutcome(error: unknown): SubgraphAnswer | Error {
  if (error instanceof AnswerTooLargeError) return TOO_LARGE;
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
): GraphQLError {
  const create = () => new GraphQLError(message, { extensions, ...(path === null ? {} : { path }) });
  // Of what is masked the log tells where it was found.
  const error = extensions['code'] === undefined ? create() : withoutStackTraces(create);
  error.cause = cause;
  return error;
}

/** Nothing but this reaches a subgraph, whatever the client has sent. */
function forwardedHeaders(context: GatewayContext, routerSecret: string): Record<string, string> {
  const headers: Record<string, string> = {
    accept: 'application/graphql-response+json, application/json;q=0.9',
    'content-type': 'application/json',
  };
  // V8 makes a literal with computed names several times as slowly.
  headers[ROUTER_CREDENTIAL_HEADER] = routerSecret;
  headers[REQUEST_ID_HEADER] = context.requestId;
  if (context.authorization !== null) headers['authorization'] = context.authorization;
  if (context.traceparent !== null) headers['traceparent'] = context.traceparent;
  if (context.clientAddress !== null) headers['x-forwarded-for'] = context.clientAddress;
  if (context.userAgent !== null) headers['user-agent'] = context.userAgent;
  return headers;
}
