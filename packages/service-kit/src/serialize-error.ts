import { types } from 'node:util';

/** How an error is written to the log. */
interface SerializedError {
  readonly type: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
  readonly cause?: SerializedError;
}

/**
 * Writes an error for the log. Database errors quote values ("Duplicate entry 'ada@…'") and carry statements with their
 * parameters, so of those only kind, code and place are kept; of any error, nothing but known fields.
 */
export function serializeError(error: unknown): SerializedError {
  if (!types.isNativeError(error)) return { type: typeof error, message: 'not an Error' };
  const code = stringField(error, 'code') ?? codeOfDriver(error);
  const quotesValues = 'sql' in error || 'parent' in error;
  return {
    type: error.name,
    message: quotesValues ? 'database error' : error.message,
    ...(code === undefined ? {} : { code }),
    ...(error.stack === undefined ? {} : { stack: framesOf(error.stack) }),
    ...(error.cause === undefined ? {} : { cause: serializeError(error.cause) }),
  };
}

function codeOfDriver(error: Error): string | undefined {
  return 'parent' in error && types.isNativeError(error.parent) ? stringField(error.parent, 'code') : undefined;
}

function stringField(error: Error, field: string): string | undefined {
  const value: unknown = Reflect.get(error, field);
  return typeof value === 'string' ? value : undefined;
}

function framesOf(stack: string): string {
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .join('\n');
}
