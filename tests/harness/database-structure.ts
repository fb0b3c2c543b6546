import { connectDatabase } from '@identity/database/connect';

/** The statements that would create everything in a database, by name, and the migrations that it says it has. */
export async function structureOf(url: string): Promise<Readonly<Record<string, unknown>>> {
  const database = await connectDatabase({ url });
  const query = async (sql: string): Promise<readonly unknown[]> => {
    const [rows] = await database.sequelize.query(sql);
    return rows;
  };
  try {
    const parts = database.dialect === 'sqlite' ? await query(SQLITE_PARTS) : await mysqlTables(query);
    return { parts, migrations: await query('SELECT name FROM migrations ORDER BY name') };
  } finally {
    await database.close();
  }
}

const SQLITE_PARTS = 'SELECT name, sql FROM sqlite_master ORDER BY name';
const MYSQL_TABLES =
  'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY table_name';

async function mysqlTables(query: (sql: string) => Promise<readonly unknown[]>): Promise<readonly unknown[]> {
  const tables: unknown[] = [];
  for (const table of await query(MYSQL_TABLES)) {
    tables.push(...(await query(`SHOW CREATE TABLE \`${String(Reflect.get(Object(table), 'name'))}\``)));
  }
  return tables;
}
