import { pino, stdTimeFunctions, type DestinationStream } from 'pino';
import { currentTraceIds } from './current-span.js';
import { onlyLogFields, type LogFields } from './log-fields.js';
import { createStandardOutput } from './log-output.js';
import { serializeError } from './serialize-error.js';

/** Writes one kind of line: a message that is always the same, and fields for what differs. */
export interface LogLine {
  (message: string): void;
  (fields: LogFields, message: string): void;
}

/** The log of a service. */
export interface Logger {
  readonly debug: LogLine;
  readonly info: LogLine;
  readonly warn: LogLine;
  readonly error: LogLine;
  readonly fatal: LogLine;
  /** The same log for one service of several in a process. */
  child(of: { readonly service: string }): Logger;
}

/** What a logger is made from. */
export interface LoggerOptions {
  /** The name of the service, in every line; left out where children name theirs. */
  readonly service?: string;
  readonly level: string;
  /** Where the lines go; standard output by default. */
  readonly destination?: DestinationStream;
}

/** Creates a logger that writes one JSON object a line, of {@link LogFields} and nothing else. */
export function createLogger({ service, level, destination }: LoggerOptions): Logger {
  const options = {
    level,
    base: service === undefined ? {} : { service },
    timestamp: stdTimeFunctions.isoTime,
    mixin: currentTraceIds,
    mixinMergeStrategy: withTraceIds,
    serializers: { err: serializeError },
    formatters: { level: (label: string) => ({ level: label }), log: onlyLogFields },
  };
  return pino(options, destination ?? createStandardOutput());
}

/** Without traces a line is made of its fields as they are, and of no copy. */
function withTraceIds(fields: object, ids: object): object {
  return 'trace_id' in ids ? Object.assign(ids, fields) : fields;
}
