import type { ApolloServerPlugin, GraphQLRequestContext } from '@apollo/server';
import { unwrapResolverError } from '@apollo/server/errors';
import type { GraphQLError, GraphQLSchema } from 'graphql';
import type { Logger } from './logger.js';
import { maskError, type MaskError } from './mask-errors.js';
import { namesOf, UNKNOWN_NAME } from './schema-names.js';

/** What reporting needs to know of a request. */
export interface ReportedContext {
  readonly requestId: string;
}

/**
 * Writes the cause of every failure that is not the client's to the log, and gives the client the request id to ask
 * about it.
 */
export function errorReporting<TContext extends ReportedContext>(
  logger: Logger,
  mask: MaskError = maskError,
): ApolloServerPlugin<TContext> {
  function report(error: GraphQLError, { contextValue, schema }: GraphQLRequestContext<TContext>): void {
    const code = mask(error.toJSON(), error).extensions?.['code'];
    if (code !== 'INTERNAL_SERVER_ERROR' && code !== 'SERVICE_UNAVAILABLE') return;
    const { requestId } = contextValue;
    logger.error({ requestId, path: placeOf(error, schema), err: unwrapResolverError(error) }, 'a request failed');
  }

  return {
    async requestDidStart() {
      return {
        async didEncounterErrors(requestContext) {
          for (const error of requestContext.errors) report(error, requestContext);
        },
        async willSendResponse({ response, contextValue: { requestId } }) {
          if (response.body.kind !== 'single' || response.body.singleResult.errors === undefined) return;
          response.body.singleResult.errors = response.body.singleResult.errors.map((error) =>
            error.extensions?.['code'] === 'INTERNAL_SERVER_ERROR'
              ? { ...error, extensions: { ...error.extensions, requestId } }
              : error,
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
