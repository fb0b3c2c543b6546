import { type DataType, DataTypes } from 'sequelize';

type Dialect = 'mysql' | 'sqlite';

/**
 * Bytes, compared byte by byte; at most `maxBytes` (1 to 3072, the most an index of InnoDB holds). Values are Buffers
 * both ways, and must be Buffers in conditions too: SQLite never finds text equal to bytes. SQLite does not enforce
 * the length.
 */
export function binary(dialect: Dialect, maxBytes: number): DataType {
  return dialect === 'mysql' ? `VARBINARY(${String(maxBytes)})` : 'BLOB';
}

/** ASCII of at most 64 characters, case-sensitive, for ids. MySQL ignores spaces at the end when it compares. */
export function identifier(dialect: Dialect): DataType {
  return dialect === 'mysql' ? 'VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin' : 'TEXT';
}

/**
 * Unicode text of at most `maxCharacters` code points, compared by code point. MySQL ignores spaces at the end when it
 * compares, and SQLite does not enforce the length: what must be unique belongs into a {@link binary} column. SQLite
 * refuses text that contains NUL.
 */
export function text(dialect: Dialect, maxCharacters: number): DataType {
  return dialect === 'mysql' ? `VARCHAR(${String(maxCharacters)}) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin` : 'TEXT';
}

/** Unicode text of up to 16 MiB, such as JSON that the store itself writes and parses; without NUL, and without a default. */
export function longText(dialect: Dialect): DataType {
  return dialect === 'mysql' ? 'MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin' : 'TEXT';
}

/** A moment, in UTC, to the millisecond. Values are Dates both ways. */
export function timestamp(): DataType {
  return DataTypes.DATE(3);
}

/** A moment as a {@link timestamp} column compares it, for SQL that is written by hand. */
export function timestampText(dialect: Dialect, at: Date): string {
  const text = at.toISOString().replace('T', ' ').slice(0, -1);
  return dialect === 'mysql' ? text : `${text} +00:00`;
}

/** The database's own time, or some milliseconds earlier, as a {@link timestamp} column compares it, as SQL. */
export function databaseTime(dialect: Dialect, millisecondsAgo = 0): string {
  return dialect === 'mysql'
    ? `UTC_TIMESTAMP(3) - INTERVAL ${String(millisecondsAgo * 1_000)} MICROSECOND`
    : `strftime('%Y-%m-%d %H:%M:%f +00:00', 'now', '-${(millisecondsAgo / 1_000).toFixed(3)} seconds')`;
}

/** True or false. With `raw: true` it is read as 1 or 0. */
export function flag(): DataType {
  return DataTypes.BOOLEAN;
}

/** A whole number of up to 2^53 - 1 either way. */
export function integer(): DataType {
  return DataTypes.BIGINT;
}
