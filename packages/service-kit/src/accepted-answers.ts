import type { ApolloServerPlugin, BaseContext } from '@apollo/server';
import { GraphQLError } from 'graphql';
import { JSON_TYPE, negotiateAnswerType } from './answer-type.js';

/**
 * Refuses operations whose answer the client would not take, with the HTTP status 406, before anything is executed: Apollo
 * Server looks at the `Accept` header when the answer is there, and a mutation has happened by then (RFC 9110, section
 * 15.5.7). What it would accept is accepted.
 */
export function acceptedAnswersOnly<TContext extends BaseContext>(): ApolloServerPlugin<TContext> {
  return {
    requestDidStart: () =>
      Promise.resolve({
        didResolveOperation({ request, response }) {
          const type = negotiateAnswerType(request.http?.headers.get('accept'));
          // Apollo Server would choose it once more.
          response.http.headers.set('content-type', type ?? JSON_TYPE);
          return type === null ? Promise.reject(notAcceptable()) : Promise.resolve();
        },
      }),
  };
}

function notAcceptable(): GraphQLError {
  return new GraphQLError('The answer is JSON, which the Accept header of the request does not admit.', {
    extensions: { code: 'BAD_USER_INPUT', http: { status: 406 } },
  });
}
