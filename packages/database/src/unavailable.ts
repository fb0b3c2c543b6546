import { ConnectionError } from 'sequelize';
import { TimeBudgetSpentError } from './time-budget.js';
import { isTransientFailure } from './transient-failure.js';

/** What drivers call a connection that is gone, and a file that cannot be used at the moment. */
const CODES: ReadonlySet<unknown> = new Set([
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'PROTOCOL_CONNECTION_LOST',
  'SQLITE_BUSY',
  'SQLITE_CANTOPEN',
  'SQLITE_FULL',
  'SQLITE_IOERR',
  'SQLITE_READONLY',
]);

/** What servers answer that are stopping, full, read-only, or have ended a connection or a statement themselves. */
const ERRNOS: ReadonlySet<unknown> = new Set([1040, 1053, 1077, 1290, 1317, 1836, 1927, 1969, 3024]);

/** Whether something failed because the database cannot be used at the moment, and not because of what it was asked. */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof ConnectionError || error instanceof TimeBudgetSpentError || isTransientFailure(error))
    return true;
  if (!(error instanceof Error)) return false;
  const driverError: unknown = 'parent' in error ? error.parent : error;
  if (!(driverError instanceof Error)) return false;
  if ('code' in driverError && CODES.has(driverError.code)) return true;
  if ('errno' in driverError && ERRNOS.has(driverError.errno)) return true;
  // mysql2 gives no code to what is asked of a connection that has just broken.
  return 'fatal' in driverError && driverError.fatal === true;
}
