import { withoutStackTraces } from './stack-traces.js';

/** Why an access token was not accepted. */
export type TokenRefusal = 'TOKEN_MISSING' | 'TOKEN_INVALID' | 'TOKEN_EXPIRED' | 'TOKEN_REVOKED';

/** The codes a client can meet in `extensions.code` of a GraphQL error. */
export type ErrorCode =
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'RATE_LIMITED'
  | 'BAD_USER_INPUT'
  | 'GRAPHQL_PARSE_FAILED'
  | 'GRAPHQL_VALIDATION_FAILED'
  | 'OPERATION_TOO_COMPLEX'
  | 'PERSISTED_QUERY_NOT_FOUND'
  | 'SERVICE_UNAVAILABLE'
  | 'INTERNAL_SERVER_ERROR';

/**
 * A failure that the client may be told about. Its message and details reach the client as they are; the `cause`
 * goes to the log only. It knows nothing of GraphQL, so that use cases can throw it.
 */
export class PublicError extends Error {
  override readonly name = 'PublicError';
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, string | number>>;

  constructor(
    code: ErrorCode,
    message: string,
    details: Readonly<Record<string, string | number>> = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.code = code;
    this.details = details;
  }
}

const REFUSALS: Readonly<Record<TokenRefusal, string>> = {
  TOKEN_MISSING: 'An access token is needed.',
  TOKEN_INVALID: 'The access token is not valid.',
  TOKEN_EXPIRED: 'The access token has expired.',
  TOKEN_REVOKED: 'The session of the access token has ended.',
};

/** The caller has not proven who they are (RFC 6750, section 3.1). */
export function unauthenticated(reason: TokenRefusal): PublicError {
  return withoutStackTraces(() => new PublicError('UNAUTHENTICATED', REFUSALS[reason], { reason }));
}

/** The caller is known, and may not. */
export function forbidden(): PublicError {
  return withoutStackTraces(() => new PublicError('FORBIDDEN', 'You may not see or do this.'));
}

/** @param retryAfter - Seconds until another try makes sense. */
export function rateLimited(retryAfter: number): PublicError {
  return new PublicError('RATE_LIMITED', 'Too many requests; try again later.', { retryAfter });
}

/** @param field - The argument or input field at fault. */
export function badUserInput(field: string, problem: string): PublicError {
  return new PublicError('BAD_USER_INPUT', `${field}: ${problem}`, { field });
}

/** @param service - The public name of the part that does not answer, never an address. */
export function serviceUnavailable(service: string, cause?: unknown): PublicError {
  return new PublicError(
    'SERVICE_UNAVAILABLE',
    `The service "${service}" is not available at the moment.`,
    { service },
    { cause },
  );
}
