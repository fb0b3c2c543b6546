import { PublicError } from '@identity/service-kit/errors';
import { GraphQLError } from 'graphql';

/** An operation that asks for more than is allowed, whatever it is about; answered with the HTTP status 400. */
export function tooComplex(message: string): GraphQLError {
  return new GraphQLError(message, {
    extensions: { http: { status: 400 } },
    // Apollo Server replaces the code of what validation reports; the original error keeps it.
    originalError: new PublicError('OPERATION_TOO_COMPLEX', message),
  });
}
