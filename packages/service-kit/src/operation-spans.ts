import type { ApolloServerPlugin } from '@apollo/server';
import type { Tracing } from './tracing.js';

/** Makes spans of the parsing and the validation of operations. */
export function traceOperations(tracing: Tracing): ApolloServerPlugin {
  return {
    requestDidStart: async () => ({
      async parsingDidStart() {
        const span = tracing.begin({ name: 'graphql.parse', kind: 'internal' });
        return async (error) => {
          span.end(error === undefined ? undefined : 'GRAPHQL_PARSE_FAILED');
        };
      },
      async validationDidStart() {
        const span = tracing.begin({ name: 'graphql.validate', kind: 'internal' });
        return async (errors) => {
          span.end(errors === undefined ? undefined : 'GRAPHQL_VALIDATION_FAILED');
        };
      },
    }),
  };
}
