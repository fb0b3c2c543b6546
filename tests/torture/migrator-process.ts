import { migrations as authMigrations } from '@identity/auth/migrations/all';
import { connectDatabase } from '@identity/database/connect';
import { migrate } from '@identity/database/migrate';
import { migrations as usersMigrations } from '@identity/users/migrations/all';

// Migrates the databases that its parent names, one after the other, and tells what it has applied.
process.on('message', ({ subgraph, url }: { subgraph: 'auth' | 'users'; url: string }) => {
  void applyTo(url, subgraph === 'auth' ? authMigrations : usersMigrations).then(
    (applied) => process.send?.({ applied }),
    (error: unknown) => process.send?.({ failure: String(error) }),
  );
});
process.send?.('ready');

async function applyTo(url: string, migrations: typeof authMigrations): Promise<string[]> {
  const database = await connectDatabase({ url });
  try {
    return await migrate({ database, migrations });
  } finally {
    await database.close();
  }
}
