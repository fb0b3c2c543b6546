import type { Migration } from '@identity/database/migration';
import { profiles } from './0001-profiles.js';

/** Every migration of this subgraph's database, in the order of their application. */
export const migrations: readonly Migration[] = [profiles];
