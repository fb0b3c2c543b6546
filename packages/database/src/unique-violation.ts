import { UniqueConstraintError } from 'sequelize';

const MAX_INDEX_NAME = 64;

/**
 * The name every unique index must have, so that its violation is told apart on both databases: MySQL reports the
 * index, SQLite the columns, and this name is made of them.
 *
 * @throws RangeError when the name is longer than MySQL allows (64 characters)
 */
export function uniqueIndexName(table: string, columns: readonly string[]): string {
  const name = nameOf(table, columns);
  if (name.length > MAX_INDEX_NAME) throw new RangeError(`The index name ${name} is longer than 64 characters.`);
  return name;
}

/** Whether a write failed because of the unique index of that name, which {@link uniqueIndexName} made. */
export function violatesUnique(error: unknown, index: string): boolean {
  return violatedIndex(error) === index;
}

/** Whether a write failed because a row of the same primary key exists. */
export function violatesPrimaryKey(error: unknown): boolean {
  return violatedIndex(error) === 'PRIMARY';
}

function violatedIndex(error: unknown): string | undefined {
  if (!(error instanceof UniqueConstraintError)) return undefined;
  const { parent } = error;
  if ('code' in parent && parent.code === 'SQLITE_CONSTRAINT_PRIMARYKEY') return 'PRIMARY';
  return indexOfMysql(parent.message) ?? indexOfSqlite(parent.message);
}

/** The value comes first in this message and may contain anything, so only its end is trusted. */
function indexOfMysql(message: string): string | undefined {
  return /^Duplicate entry .* for key '(?:[^'.]*\.)?([^'.]+)'$/s.exec(message)?.[1];
}

function indexOfSqlite(message: string): string | undefined {
  const columns = /UNIQUE constraint failed: (.+)$/.exec(message)?.[1]?.split(', ');
  const table = columns?.[0]?.split('.')[0];
  if (columns === undefined || table === undefined) return undefined;
  return nameOf(
    table,
    columns.map((column) => column.slice(table.length + 1)),
  );
}

function nameOf(table: string, columns: readonly string[]): string {
  return `${table}_${columns.join('_')}_unique`;
}
