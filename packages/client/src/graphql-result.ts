/** Why an operation or one of its fields failed, for a program. Expected failures are `userErrors` and not here. */
export type ApiErrorCode =
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

/** What the API tells a program about an error. */
export interface ApiErrorExtensions {
  readonly code: ApiErrorCode;
  /** Only of UNAUTHENTICATED. */
  readonly reason?: 'TOKEN_MISSING' | 'TOKEN_INVALID' | 'TOKEN_EXPIRED' | 'TOKEN_REVOKED';
  /** Only of RATE_LIMITED: seconds until another attempt makes sense. */
  readonly retryAfter?: number;
  /** Only of SERVICE_UNAVAILABLE: the part of the graph that is away. */
  readonly service?: string;
  /** Only of INTERNAL_SERVER_ERROR: names the entry in the server's log. */
  readonly requestId?: string;
  readonly [detail: string]: unknown;
}

/** One entry of a GraphQL answer's `errors`. */
export interface ApiError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly locations?: readonly { readonly line: number; readonly column: number }[];
  readonly extensions: ApiErrorExtensions;
}

/** A GraphQL answer: errors may come along with partial data. */
export interface GraphqlResult<TData> {
  /** Null or absent when the operation as a whole failed. */
  readonly data?: TData | null;
  readonly errors?: readonly ApiError[];
  readonly extensions?: Readonly<Record<string, unknown>>;
}

/**
 * The GraphQL answer in a response's body, or undefined when the body is something else. Only its outline is checked:
 * that `data` has the operation's type is what the server's schema promises.
 */
export function parseGraphqlResult<TData>(body: string): GraphqlResult<TData> | undefined {
  const value = parseJson(body);
  if (typeof value !== 'object' || value === null || !isGraphqlAnswer(value)) {
    return undefined;
  }
  return value;
}

function isGraphqlAnswer(value: object): boolean {
  if ('errors' in value) {
    return Array.isArray(value.errors) && value.errors.length > 0 && value.errors.every(isApiError);
  }
  return 'data' in value && typeof value.data === 'object';
}

function isApiError(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    'message' in value &&
    typeof value.message === 'string' &&
    'extensions' in value &&
    typeof value.extensions === 'object' &&
    value.extensions !== null &&
    'code' in value.extensions &&
    typeof value.extensions.code === 'string'
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
