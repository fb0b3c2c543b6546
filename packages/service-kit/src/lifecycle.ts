import { CommandError } from './command-line.js';
import { ConfigurationError } from './environment.js';
import { answerHangups } from './hangups.js';
import type { Logger } from './logger.js';
import { tuneMemory } from './memory-tuning.js';
import { serializeError, type SerializedError } from './serialize-error.js';

/** Something that can be started and stopped as a whole. */
export interface Application {
  start(): Promise<unknown>;
  /** Finishes what is under way, then lets go of everything. Safe to call more than once. */
  close(): Promise<void>;
  /** Takes over changes of its files at once, where it follows some. Never rejects. */
  reload?(): Promise<void>;
}

/** How long a service may take to stop, in milliseconds. */
export interface StopTimes {
  /** How long it is not ready, but goes on serving, so that whoever sends it requests moves away. */
  readonly drainDelayMs: number;
  /** How long requests under way may take after that. */
  readonly shutdownGraceMs: number;
  /** How long closing everything else may take after the last request; 15 s by default. */
  readonly closingMs?: number;
}

const CLOSING_MS = 15_000;

/**
 * Ends the process with a readable message for what its user can put right, and for anything else with what the log
 * would say of it.
 */
export function failBoot(error: unknown): never {
  const isForUser = error instanceof ConfigurationError || error instanceof CommandError;
  process.stderr.write(`${isForUser ? error.message : describe(serializeError(error))}
`);
  process.exit(1);
}

/**
 * Starts an application and stops it on SIGTERM or SIGINT: exit code 0 when everything under way was finished, 1 when it
 * takes longer than all its times together. A second signal ends the process at once, and so does an exception that
 * nobody has caught, after it was logged. SIGHUP makes an application reload that can, as soon as it has started; others go on.
 */
export async function runApplication(
  application: Application,
  logger: Logger,
  { drainDelayMs, shutdownGraceMs, closingMs = CLOSING_MS }: StopTimes,
): Promise<void> {
  tuneMemory();
  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) process.exit(1);
    stopping = true;
    logger.info({ signal }, 'stopping');
    setTimeout(
      () => {
        logger.error('could not stop in time');
        process.exit(1);
      },
      drainDelayMs + shutdownGraceMs + closingMs,
    );
    application.close().then(
      () => {
        logger.info('stopped');
        process.exit(0);
      },
      (error: unknown) => {
        logger.error({ err: error }, 'could not stop cleanly');
        process.exit(1);
      },
    );
  };
  // Unhandled rejections end up here, too (OWASP ASVS 5, 16.5.4).
  process.on('uncaughtException', (error) => {
    logger.fatal({ err: error }, 'an exception that nobody has caught ends the process');
    process.exit(1);
  });
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  await application.start();
  answerHangups(() => {
    logger.info({ signal: 'SIGHUP' }, application.reload === undefined ? 'going on' : 'reading files again');
    void application.reload?.();
  });
}

function describe({ type, code, message, stack, cause }: SerializedError): string {
  const kind = code === undefined ? type : `${type} ${code}`;
  return [
    message === undefined ? kind : `${kind}: ${message}`,
    ...(stack === undefined ? [] : [stack]),
    ...(cause === undefined ? [] : [`caused by ${describe(cause)}`]),
  ].join('\n');
}
