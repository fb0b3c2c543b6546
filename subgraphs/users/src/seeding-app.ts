import { connectDatabase } from '@identity/database/connect';
import { createProfileSeeding, type ProfileSeeding } from './adapters/profile-seeding.js';
import { DEFAULT_PREFERENCES } from './domain/profile.js';

/** What `npm run seed` works with: the database of the Users subgraph, whether that is running or not. */
export interface SeedingApp extends ProfileSeeding {
  close(): Promise<void>;
}

/** Puts together what fills the database with profiles past the API; it has to be migrated. */
export async function createSeedingApp(databaseUrl: string): Promise<SeedingApp> {
  const database = await connectDatabase({ url: databaseUrl, poolSize: 1 });
  return { ...createProfileSeeding(database, DEFAULT_PREFERENCES), close: database.close };
}
