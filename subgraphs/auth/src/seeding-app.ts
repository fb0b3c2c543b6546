import { connectDatabase } from '@identity/database/connect';
import { createAccountSeeding, type AccountSeeding } from './adapters/account-seeding.js';
import { createPasswordHasher } from './adapters/password-hasher.js';
import type { SeedingConfig } from './config.js';

/** What `npm run seed` works with: the database of the Auth subgraph, whether that is running or not. */
export interface SeedingApp extends AccountSeeding {
  /** The hash by which a password is found right. */
  hash(password: string): Promise<string>;
  close(): Promise<void>;
}

/** Puts together what fills the database with accounts past the API; it has to be migrated. */
export async function createSeedingApp({
  databaseUrl,
  passwordPepper,
  bcryptCost,
}: SeedingConfig): Promise<SeedingApp> {
  const hasher = await createPasswordHasher({
    pepper: passwordPepper,
    cost: bcryptCost,
    concurrency: 1,
    maxWait: 1_000,
  });
  const database = await connectDatabase({ url: databaseUrl, poolSize: 1 });
  return {
    ...createAccountSeeding(database),
    hash: (password) => hasher.forRequest('anybody').hash(password),
    async close() {
      await hasher.close();
      await database.close();
    },
  };
}
