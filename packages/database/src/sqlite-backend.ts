import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Sequelize, Transaction } from 'sequelize';
import { type Backend, statementLogging } from './backend.js';
import { enforceDeadlines } from './deadlines.js';
import { createSqliteDriver } from './sqlite-driver.js';
import { createSqliteReads } from './sqlite-reads.js';
import type { TimeBudgets } from './time-budget.js';

interface SqliteBackendOptions {
  /** Absolute path of the file. */
  readonly file: string;
  readonly foreignKeys: boolean;
  readonly busyTimeoutMs: number;
  /** The time that requests have. */
  readonly budgets?: TimeBudgets | undefined;
  readonly onStatement?: ((sql: string) => void) | undefined;
}

/**
 * Prepares Sequelize on an SQLite file. Creates the file and the folder around it, readable by their owner only.
 *
 * @throws an error of the file system when the file cannot be created or read
 */
export async function openSqliteBackend(options: SqliteBackendOptions): Promise<Backend> {
  await mkdir(dirname(options.file), { recursive: true, mode: 0o700 });
  await (await open(options.file, 'a', 0o600)).close();
  const driver = await createSqliteDriver(options);
  const sequelize = new Sequelize({
    dialect: 'sqlite',
    dialectModule: driver,
    storage: options.file,
    // Taking the write lock at once is what makes waiting for it possible: a reader cannot be upgraded after others wrote.
    transactionType: Transaction.TYPES.IMMEDIATE,
    logging: statementLogging(options.onStatement),
    retry: { max: 1 },
  });
  // A statement ends by itself: it waits for locks at most for the busy timeout.
  const { busyTimeoutMs: statementTimeoutMs, budgets } = options;
  return {
    sequelize,
    deadlines: enforceDeadlines(sequelize, { statementTimeoutMs, budgets, abandon: () => undefined }),
    reads: createSqliteReads(sequelize, driver),
    usage: driver.usage,
    close: async () => {
      await sequelize.close();
      driver.release();
    },
  };
}
