import type { ApolloServerPlugin } from '@apollo/server';
import { unwrapResolverError } from '@apollo/server/errors';
import type { GraphQLError, GraphQLFormattedError, GraphQLSchema } from 'graphql';
import type { Logger } from './logger.js';
import { maskError, type MaskError } from './mask-errors.js';
import { namesOf, UNKNOWN_NAME } from './schema-names.js';

/** What reporting needs to know of a request. */
export interface ReportedContext {
  readonly requestId: string;
}

/** Writes the cause of a failure to the log, if it is not the client's. */
export type ReportError = (error: GraphQLError, requestId: string, schema: GraphQLSchema) => void;

/** Creates the reporting of errors. */
export function createErrorReport(logger: Logger, mask: MaskError): ReportError {
  return (error, requestId, schema) => {
    const code = mask(error.toJSON(), error).extensions?.['code'];
    if (code !== 'INTERNAL_SERVER_ERROR' && code !== 'SERVICE_UNAVAILABLE') return;
    logger.error({ requestId, path: placeOf(error, schema), err: unwrapResolverError(error) }, 'a request failed');
  };
}

/** Gives the client the request id to ask about what only the log tells. */
export function withRequestId(error: GraphQLFormattedError, requestId: string): GraphQLFormattedError {
  return error.extensions?.['code'] === 'INTERNAL_SERVER_ERROR'
    ? { ...error, extensions: { ...error.extensions, requestId } }
    : error;
}

/** Reports errors, and gives the client the request id. */
export function errorReporting<TContext extends ReportedContext>(
  logger: Logger,
  mask: MaskError = maskError,
): ApolloServerPlugin<TContext> {
  const report = createErrorReport(logger, mask);
  return {
    async requestDidStart() {
      return {
        async didEncounterErrors({ errors, contextValue: { requestId }, schema }) {
          for (const error of errors) report(error, requestId, schema);
        },
        async willSendResponse({ response, contextValue: { requestId } }) {
          if (response.body.kind !== 'single' || response.body.singleResult.errors === undefined) return;
          response.body.singleResult.errors = response.body.singleResult.errors.map((error) =>
            withRequestId(error, requestId),
          );
        },
      };
    },
  };
}

/** A path is made of aliases, which clients choose. */
function placeOf({ path }: GraphQLError, schema: GraphQLSchema): string | undefined {
  const isKnown = namesOf(schema);
  return path
    ?.map((segment) => (typeof segment === 'number' || isKnown(segment) ? String(segment) : UNKNOWN_NAME))
    .join('.');
}
