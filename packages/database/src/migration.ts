import type { QueryInterface, Sequelize } from 'sequelize';

/**
 * One step of a database's history. It must be re-runnable, since on MySQL every statement on a table's structure
 * commits at once and a run may end at any of them: build it from `migration-steps`, and make changes of data skip what
 * they already changed. Its name, of at most 190 ASCII characters, never changes once it has been released.
 */
export interface Migration {
  readonly name: string;
  readonly up: (context: MigrationContext) => Promise<void>;
  readonly down: (context: MigrationContext) => Promise<void>;
}

/**
 * What a migration works with. On SQLite every statement on this connection belongs to one transaction, which ends
 * with the migration; none has to be told. Foreign keys are checked when it ends, not before.
 */
export interface MigrationContext {
  readonly queryInterface: QueryInterface;
  readonly sequelize: Sequelize;
  readonly dialect: 'mysql' | 'sqlite';
}

/** The database and the list of migrations do not belong together, or another run does not end. */
export class MigrationRefusedError extends Error {
  override readonly name = 'MigrationRefusedError';
}

const CHANGES_STRUCTURE = /^\s*(?:CREATE|ALTER|DROP)\b/i;

/** A migration has failed. Its message says which one, where and what to do; the cause is what the database said. */
export class MigrationFailedError extends Error {
  override readonly name = 'MigrationFailedError';

  constructor(migration: string, cause: unknown) {
    super(
      `The migration ${migration} has failed${placeOf(cause)}. The ones before it are done. ` +
        'Put right what is named as the cause and run this again: it goes on where it ended.',
      { cause },
    );
  }
}

/** Statements that change the structure are written by this project and hold no data; others may. */
function placeOf(cause: unknown): string {
  const sql: unknown = cause instanceof Error && 'sql' in cause ? cause.sql : undefined;
  return typeof sql === 'string' && CHANGES_STRUCTURE.test(sql) ? ` at: ${sql.trim().replace(/;$/, '')}` : '';
}
