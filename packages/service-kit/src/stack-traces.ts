/**
 * Creates errors that do not know where they were created. One answer can hold thousands of refusals, and a stack trace
 * takes longer to write than all the rest of an error; graphql-js has those written that nobody reads.
 */
export function withoutStackTraces<T>(create: () => T): T {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return create();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
