import { connectDatabase } from '@identity/database/connect';
import { migrate } from '@identity/database/migrate';
import type { Logger } from '@identity/service-kit/logger';
import { migrations } from './migrations/all.js';

/** Brings the database of this subgraph up to date. Safe to run twice, also at once. */
export async function applyMigrations(databaseUrl: string, logger: Logger): Promise<void> {
  const database = await connectDatabase({ url: databaseUrl });
  try {
    const applied = await migrate({ database, migrations });
    logger.info({ applied }, applied.length === 0 ? 'the database is up to date' : 'the database has been migrated');
  } finally {
    await database.close();
  }
}
