import { connectDatabase, type Database, type DatabaseOptions } from '@identity/database/connect';
import type { AuthConfig } from '../config.js';

/** The connections to Auth's database. */
export interface Databases {
  /** Answers soon or fails. */
  readonly forRequests: Database;
  /** For what no client waits for: has the patience for long statements, and never waits for requests. */
  readonly inBackground: Database;
  close(): Promise<void>;
}

/** Who watches what is sent. */
export interface StatementListeners {
  readonly onStatement?: DatabaseOptions['onStatement'] | undefined;
  readonly observeStatement?: DatabaseOptions['observeStatement'];
}

/** As many as there are renewals of the revocations' lease at once, and one for the rest. */
const BACKGROUND_POOL_SIZE = 9;
const BACKGROUND_TIMEOUT_MS = 5_000;

/** Prepares them. On SQLite both are the same: there is nothing to wait for but a lock that both would need. */
export async function connectDatabases(
  config: Pick<AuthConfig, 'databaseUrl' | 'databasePoolSize' | 'databaseTimeoutMs'>,
  { onStatement, observeStatement }: StatementListeners,
): Promise<Databases> {
  const common = { url: config.databaseUrl, observeStatement, ...(onStatement === undefined ? {} : { onStatement }) };
  const forRequests = await connectDatabase({
    ...common,
    poolSize: config.databasePoolSize,
    timeoutMs: config.databaseTimeoutMs,
  });
  const inBackground =
    forRequests.dialect === 'sqlite'
      ? forRequests
      : await connectDatabase({ ...common, poolSize: BACKGROUND_POOL_SIZE, timeoutMs: BACKGROUND_TIMEOUT_MS });
  return {
    forRequests,
    inBackground,
    async close() {
      await Promise.all([forRequests.close(), inBackground.close()]);
    },
  };
}
