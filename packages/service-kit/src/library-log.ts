import type { Logger } from './logger.js';

/** A log in the form in which libraries take one. */
export interface LibraryLog {
  debug(message?: unknown): void;
  info(message?: unknown): void;
  warn(message?: unknown): void;
  error(message?: unknown): void;
}

const MAX_CHARACTERS = 120;

/**
 * Lets libraries write to the log. What they say begins with words that are always the same; behind a colon they quote,
 * and that is left out.
 */
export function createLibraryLog(logger: Logger): LibraryLog {
  const at = (level: 'debug' | 'info' | 'warn' | 'error') => (message?: unknown) => {
    if (message instanceof Error) logger[level]({ err: message }, 'a library has reported an error');
    else logger[level](beginningOf(String(message)));
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

function beginningOf(message: string): string {
  return (message.split(/[:\n{["]/, 1)[0] ?? '').slice(0, MAX_CHARACTERS).trim();
}
