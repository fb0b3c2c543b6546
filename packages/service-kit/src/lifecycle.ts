import { ConfigurationError } from './environment.js';
import type { Logger } from './logger.js';

/** Something that can be started and stopped as a whole. */
export interface Application {
  start(): Promise<unknown>;
  /** Finishes what is under way, then lets go of everything. Safe to call more than once. */
  close(): Promise<void>;
}

/** Ends the process with a readable message for a problem of the configuration, and with the stack for anything else. */
export function failBoot(error: unknown): never {
  process.stderr.write(`${error instanceof ConfigurationError ? error.message : inspectError(error)}\n`);
  process.exit(1);
}

/**
 * Starts an application and stops it on SIGTERM or SIGINT: exit code 0 when everything under way was finished.
 * A second signal ends the process at once.
 */
export async function runApplication(application: Application, logger: Logger): Promise<void> {
  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) process.exit(1);
    stopping = true;
    logger.info({ signal }, 'stopping');
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
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  await application.start();
}

function inspectError(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
