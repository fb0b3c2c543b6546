import type { ErrorCode } from './errors.js';

/** The body of an answer to a request that GraphQL has not seen; in the form of GraphQL, so that clients need one reader. */
export function failureBody(
  code: ErrorCode,
  message: string,
  details: Readonly<Record<string, string | number | undefined>> = {},
): { readonly errors: readonly object[] } {
  return { errors: [{ message, extensions: { code, ...details } }] };
}
