import { pino, stdTimeFunctions, type DestinationStream, type Logger } from 'pino';
import { serializeError } from './serialize-error.js';

export type { Logger } from 'pino';

/** Keys whose values never belong in a log, wherever they stand. */
const SECRET_KEYS = [
  'authorization',
  'password',
  'currentPassword',
  'newPassword',
  'token',
  'accessToken',
  'refreshToken',
  'cookie',
  'email',
  'identifier',
];

const REDACTED_PATHS = SECRET_KEYS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]).concat([
  'headers["router-authorization"]',
  '*.headers["router-authorization"]',
]);

/** What a logger is made from. */
export interface LoggerOptions {
  /** The name of the service, in every line; left out where children name theirs. */
  readonly service?: string;
  readonly level: string;
  /** Where the lines go; standard output by default. */
  readonly destination?: DestinationStream;
}

/** Creates a logger that writes one JSON object a line with secrets redacted. */
export function createLogger({ service, level, destination }: LoggerOptions): Logger {
  const options = {
    level,
    base: service === undefined ? {} : { service },
    timestamp: stdTimeFunctions.isoTime,
    serializers: { err: serializeError },
    redact: { paths: REDACTED_PATHS, censor: '[redacted]' },
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}
