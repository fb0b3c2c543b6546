import type { ModelAttributeColumnOptions, ModelAttributes } from 'sequelize';
import type { MigrationContext } from './migration.js';
import { uniqueIndexName } from './unique-violation.js';

type ColumnDefinition = ModelAttributes[string];

interface TableDefinition {
  readonly name: string;
  readonly columns: ModelAttributes;
  /** The sets of columns whose values may occur only once. */
  readonly unique?: readonly (readonly string[])[];
}

/**
 * Creates a table unless it exists, in one statement, with the unique indexes that `violatesUnique` recognises.
 * Primary keys never allow null, which SQLite would do for old times' sake.
 *
 * @throws Error when a table of that name exists that lacks columns: somebody else's, which an earlier run cannot have left
 */
export async function createTable({ queryInterface }: MigrationContext, table: TableDefinition): Promise<void> {
  const unique = table.unique ?? [];
  await queryInterface.createTable(
    table.name,
    Object.fromEntries(Object.entries(table.columns).map(([name, column]) => [name, copyOf(column)])),
    {
      engine: 'InnoDB',
      charset: 'utf8mb4',
      collate: 'utf8mb4_bin',
      uniqueKeys: Object.fromEntries(
        unique.map((columns) => [uniqueIndexName(table.name, columns), { fields: [...columns] }]),
      ),
    },
  );
  const present = await queryInterface.describeTable(table.name);
  const missing = Object.keys(table.columns).filter((column) => !(column in present));
  if (missing.length === 0) return;
  throw new Error(`There is another table ${table.name} already; it has no ${missing.join(', ')}.`);
}

/** Removes a table, if it exists. */
export async function dropTable({ queryInterface }: MigrationContext, table: string): Promise<void> {
  await queryInterface.dropTable(table);
}

/** Adds a column unless it exists. On SQLite it must allow null or have a constant default. */
export async function addColumn(
  { queryInterface }: MigrationContext,
  table: string,
  column: string,
  definition: ModelAttributeColumnOptions,
): Promise<void> {
  const columns = await queryInterface.describeTable(table);
  if (!(column in columns)) await queryInterface.addColumn(table, column, { ...definition });
}

/** Removes a column, if it exists. Remove the indexes on it first. */
export async function dropColumn(
  { queryInterface, sequelize }: MigrationContext,
  table: string,
  column: string,
): Promise<void> {
  const columns = await queryInterface.describeTable(table);
  if (!(column in columns)) return;
  // Sequelize's own way on SQLite rebuilds the table from what it understood of it, and so loses its constraints.
  await sequelize.query(`ALTER TABLE ${quote(table)} DROP COLUMN ${quote(column)}`);
}

/**
 * Adds an index unless one of that name exists; a unique one gets the name that `violatesUnique` expects.
 *
 * @returns its name
 */
export async function addIndex(
  { queryInterface, sequelize }: MigrationContext,
  table: string,
  columns: readonly string[],
  { unique = false } = {},
): Promise<string> {
  const name = unique ? uniqueIndexName(table, columns) : `${table}_${columns.join('_')}_index`;
  if (await hasIndex(queryInterface, table, name)) return name;
  const list = columns.map(quote).join(', ');
  await sequelize.query(`CREATE ${unique ? 'UNIQUE ' : ''}INDEX ${quote(name)} ON ${quote(table)} (${list})`);
  return name;
}

/** Removes an index, if it exists. Those that {@link createTable} made stay with their table. */
export async function dropIndex(
  { queryInterface, dialect, sequelize }: MigrationContext,
  table: string,
  name: string,
): Promise<void> {
  if (!(await hasIndex(queryInterface, table, name))) return;
  await sequelize.query(`DROP INDEX ${quote(name)}${dialect === 'mysql' ? ` ON ${quote(table)}` : ''}`);
}

/** Sequelize completes the definitions it is given in place. */
function copyOf(column: ColumnDefinition): ColumnDefinition {
  if (typeof column !== 'object' || !('type' in column)) return column;
  return column.primaryKey === true ? { ...column, allowNull: false } : { ...column };
}

async function hasIndex(
  queryInterface: MigrationContext['queryInterface'],
  table: string,
  name: string,
): Promise<boolean> {
  // Its type says object; it is a list of index descriptions on both databases.
  const indexes: unknown = await queryInterface.showIndex(table);
  return Array.isArray(indexes) && indexes.some((index: unknown) => isNamed(index, name));
}

function isNamed(index: unknown, name: string): boolean {
  return typeof index === 'object' && index !== null && 'name' in index && index.name === name;
}

function quote(identifier: string): string {
  return `\`${identifier.replaceAll('`', '')}\``;
}
