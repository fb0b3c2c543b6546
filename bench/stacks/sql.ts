import { connectDatabase } from '@identity/database/connect';
import { isRecord } from '@identity/service-kit/json';

/** Sends a statement to a database, past the services, and returns the rows. */
export async function sql(url: string, statement: string, values: readonly string[] = []): Promise<readonly unknown[]> {
  const database = await connectDatabase({ url });
  try {
    const [rows] = await database.sequelize.query(statement, { replacements: [...values] });
    return Array.isArray(rows) ? rows : [];
  } finally {
    await database.close();
  }
}

/** The id of an account, from Auth's database. @throws Error when there is none of that name */
export async function accountId(url: string, username: string): Promise<string> {
  const [row] = await sql(url, 'SELECT id FROM accounts WHERE username = ?', [username]);
  if (!isRecord(row) || typeof row['id'] !== 'string') throw new Error(`there is no ${username}`);
  return row['id'];
}
