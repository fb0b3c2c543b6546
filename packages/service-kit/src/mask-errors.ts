import { unwrapResolverError } from '@apollo/server/errors';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { PublicError, type ErrorCode } from './errors.js';

/** What Apollo Server and graphql-js call failures that are the client's, and what the contract calls them. */
const CLIENT_CODES: Readonly<Record<string, ErrorCode>> = {
  UNAUTHENTICATED: 'UNAUTHENTICATED',
  FORBIDDEN: 'FORBIDDEN',
  RATE_LIMITED: 'RATE_LIMITED',
  BAD_USER_INPUT: 'BAD_USER_INPUT',
  BAD_REQUEST: 'BAD_USER_INPUT',
  OPERATION_RESOLUTION_FAILURE: 'BAD_USER_INPUT',
  GRAPHQL_PARSE_FAILED: 'GRAPHQL_PARSE_FAILED',
  GRAPHQL_VALIDATION_FAILED: 'GRAPHQL_VALIDATION_FAILED',
  OPERATION_TOO_COMPLEX: 'OPERATION_TOO_COMPLEX',
  PERSISTED_QUERY_NOT_FOUND: 'PERSISTED_QUERY_NOT_FOUND',
  PERSISTED_QUERY_NOT_SUPPORTED: 'PERSISTED_QUERY_NOT_FOUND',
  SERVICE_UNAVAILABLE: 'SERVICE_UNAVAILABLE',
};

/** The only details beside the code that a client may see. */
const PUBLIC_DETAILS: ReadonlySet<string> = new Set(['reason', 'retryAfter', 'service', 'field']);

/** Makes of an error what a client may see. To be used as Apollo Server's `formatError`. */
export type MaskError = (formatted: GraphQLFormattedError, error: unknown) => GraphQLFormattedError;

/** Shows failures of the contract with their code, and anything else as INTERNAL_SERVER_ERROR without its cause. */
export const maskError = createErrorMask(() => null);

/**
 * Creates what masks errors.
 *
 * @param recognize - What the client may know of an error that is no failure of the contract; null for nothing.
 */
export function createErrorMask(recognize: (cause: unknown) => PublicError | null): MaskError {
  return (formatted, error) => mask(formatted, causeOf(error), recognize);
}

function mask(
  formatted: GraphQLFormattedError,
  cause: unknown,
  recognize: (cause: unknown) => PublicError | null,
): GraphQLFormattedError {
  const place = {
    ...(formatted.locations === undefined ? {} : { locations: formatted.locations }),
    ...(formatted.path === undefined ? {} : { path: formatted.path }),
  };
  const failure = cause instanceof PublicError ? cause : recognize(cause);
  if (failure !== null) {
    return { message: failure.message, ...place, extensions: { code: failure.code, ...failure.details } };
  }
  const code = clientCodeOf(formatted);
  if (code === null) {
    return { message: 'Internal server error.', ...place, extensions: { code: 'INTERNAL_SERVER_ERROR' } };
  }
  const details = Object.entries(formatted.extensions ?? {}).filter(([key]) => PUBLIC_DETAILS.has(key));
  return { message: formatted.message, ...place, extensions: { code, ...Object.fromEntries(details) } };
}

/** What a resolver or, before execution, a rule of ours has thrown or reported. */
function causeOf(error: unknown): unknown {
  if (error instanceof GraphQLError && error.originalError instanceof PublicError) return error.originalError;
  return unwrapResolverError(error);
}

/** Apollo Server gives these no code of their own. */
const PERSISTED_QUERY_MISTAKES: ReadonlySet<string> = new Set([
  'Unsupported persisted query version',
  'provided sha does not match query',
]);

function clientCodeOf(formatted: GraphQLFormattedError): ErrorCode | null {
  if (PERSISTED_QUERY_MISTAKES.has(formatted.message)) return 'BAD_USER_INPUT';
  const code = formatted.extensions?.['code'];
  return typeof code === 'string' ? (CLIENT_CODES[code] ?? null) : null;
}
