import { types } from 'node:util';

/** How an error is written to the log. */
export interface SerializedError {
  readonly type: string;
  readonly code?: string;
  /** Left out where it could quote what a client has sent. */
  readonly message?: string;
  readonly stack?: string;
  readonly cause?: SerializedError;
}

/** Kinds whose messages this project writes, provided that its own code has made them. */
const KINDS_OF_OURS: ReadonlySet<string> = new Set([
  'Error',
  'PublicError',
  'ConfigurationError',
  'DatabaseUrlError',
  'DeadlineExceededError',
  'MigrationFailedError',
  'MigrationRefusedError',
  'MigrationsPendingError',
  'GraphQLError',
]);

const CODE = /^[A-Z][A-Z0-9_]{1,63}$/;
const MAX_CAUSES = 5;
const MAX_FRAMES = 20;

/**
 * Writes an error for the log by its kind, code and place. Its message is written only if it cannot hold a value:
 * those of libraries and of the language do ("Duplicate entry 'ada@…'", "\"hunter2\" is not valid JSON"), and so do
 * further fields, such as statements with their parameters. What the operating system says of files and addresses
 * comes from the configuration.
 */
export function serializeError(error: unknown): SerializedError {
  return serialize(error, 0);
}

function serialize(error: unknown, depth: number): SerializedError {
  // The reason of an AbortSignal is the latter.
  if (!types.isNativeError(error) && !(error instanceof DOMException)) return { type: typeof error };
  const frames = framesOf(error);
  const code = codeOf(error);
  return {
    type: error.name,
    ...(code === undefined ? {} : { code }),
    ...(isOurs(error, frames) || isOfSystem(error) ? { message: error.message } : {}),
    ...(frames.length === 0 ? {} : { stack: frames.join('\n') }),
    ...(error.cause === undefined || depth === MAX_CAUSES ? {} : { cause: serialize(error.cause, depth + 1) }),
  };
}

/** The first frame tells who has made an error. */
function isOurs(error: Error, [first = '']: readonly string[]): boolean {
  const foreign = /node:|[\\/]node_modules[\\/]|\(<anonymous>\)$/.test(first);
  return first !== '' && !foreign && KINDS_OF_OURS.has(error.name) && !('sql' in error) && !('parent' in error);
}

/** Such as `connect ECONNREFUSED 10.0.0.5:3306`. */
function isOfSystem(error: Error): boolean {
  return 'syscall' in error && 'errno' in error && codeOf(error) !== undefined && !('sql' in error);
}

function codeOf(error: Error): string | undefined {
  return codeIn(error) ?? ('parent' in error && types.isNativeError(error.parent) ? codeIn(error.parent) : undefined);
}

function codeIn(error: Error): string | undefined {
  // Redis begins its messages with a code: "NOAUTH Authentication required."
  const code: unknown = error.name === 'ReplyError' ? error.message.split(' ')[0] : Reflect.get(error, 'code');
  return typeof code === 'string' && CODE.test(code) ? code : undefined;
}

/** A message may have lines of its own that look like frames. */
function framesOf({ stack = '', message }: Error): readonly string[] {
  const start = stack.includes(message) ? stack.indexOf(message) + message.length : 0;
  return stack
    .slice(start)
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, MAX_FRAMES);
}
