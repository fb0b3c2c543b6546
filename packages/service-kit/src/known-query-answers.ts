import type { ApolloServerPlugin } from '@apollo/server';
import { execute, type GraphQLError, type GraphQLFormattedError } from 'graphql';
import { answerText } from './answer-text.js';
import { answerTypeFor } from './answer-type.js';
import { createErrorReport, withRequestId } from './error-reporting.js';
import { isRecord } from './json.js';
import { createKnownQueries, noteKnownQuery } from './known-queries.js';
import type { Logger } from './logger.js';
import type { MaskError } from './mask-errors.js';
import { noteCodes } from './operation-record.js';
import type { SubgraphRequest } from './subgraph-request.js';

/** The answer to a known query; its status is 200. */
export interface KnownAnswer {
  /** The media type. */
  readonly type: string;
  readonly body: string;
}

/** Answers a query that is known; null for anything else, of which nothing has been executed. */
export type AnswerKnown<TContext> = (
  body: object,
  accept: string | undefined,
  createContext: () => Promise<TContext>,
) => Promise<KnownAnswer | null>;

/** Answers to known queries, for a subgraph. */
export interface KnownQueryAnswers<TContext> {
  /** Learns of queries. */
  readonly plugin: ApolloServerPlugin<TContext & SubgraphRequest>;
  readonly answer: AnswerKnown<TContext>;
}

/**
 * Creates what executes queries that have come before without Apollo Server. A gateway sends each subgraph few different
 * queries, and each very often. No source text is made of them, because clients write part of it; see
 * `docs/decisions/0023-no-graphql-jit-in-subgraphs.md`. Errors are told in the log and masked as Apollo Server's plugins
 * do it.
 *
 * @param onKnown - Told of every query that has been answered so.
 */
export function createKnownQueryAnswers<TContext extends SubgraphRequest>(
  mask: MaskError,
  logger: Logger,
  onKnown: () => void,
): KnownQueryAnswers<TContext> {
  const queries = createKnownQueries<TContext>();
  const report = createErrorReport(logger, mask);

  function present(error: GraphQLError, { requestId }: SubgraphRequest): GraphQLFormattedError {
    return withRequestId(mask(error.toJSON(), error), requestId);
  }

  return {
    plugin: queries.plugin,
    async answer(body, accept, createContext) {
      const type = answerTypeFor(accept);
      if (type === null || !isRecord(body) || !Object.keys(body).every(isUsualMember)) return null;
      const { query, operationName = null, variables = {} } = body;
      if (typeof query !== 'string') return null;
      if (operationName !== null && (typeof operationName !== 'string' || operationName === '')) return null;
      const known = isRecord(variables) ? queries.find(query, operationName) : null;
      if (known === null || !isRecord(variables)) return null;
      const { schema, document } = known;
      const contextValue = await createContext();
      const { data, errors } = await execute({
        schema,
        document,
        contextValue,
        variableValues: variables,
        operationName,
      });
      // The variables do not fit, and nothing has been executed.
      if (data === undefined) return null;
      onKnown();
      noteKnownQuery(known, contextValue.record);
      if (errors === undefined) return { type, body: await answerText({ data }) };
      noteCodes(errors, contextValue.record, mask);
      for (const error of errors) report(error, contextValue.requestId, schema);
      const shown = errors.map((error) => present(error, contextValue));
      return { type, body: await answerText({ errors: shown, data }) };
    },
  };
}

/** Of a body: with another one there is more to it. */
function isUsualMember(name: string): boolean {
  return name === 'query' || name === 'variables' || name === 'operationName';
}
