import type { Database } from '@identity/database/connect';
import type { Transaction } from 'sequelize';
import type { Storage, Stores } from '../domain/ports.js';
import { createAccountReads } from './account-reads.js';
import { createAccountSearch } from './account-search.js';
import { createAccountStore } from './account-store.js';
import { defineModels } from './models.js';
import { createSessionMaintenance } from './session-maintenance.js';
import { createSessionPages } from './session-pages.js';
import { createSessionReads } from './session-reads.js';
import { createSessionStore } from './session-store.js';

/** How the stores read. */
export interface StorageOptions {
  /** Whether requests that read accounts at the same time share a statement; by default they do. */
  readonly sharedReads?: boolean;
}

/** Creates the stores over one database. */
export function createStorage(database: Database, { sharedReads = true }: StorageOptions = {}): Storage {
  const models = defineModels(database);
  const readAccounts = createAccountReads(database, sharedReads);
  const sessionReads = createSessionReads(database);

  function storesWithin(transaction: Transaction | null): Stores {
    return {
      accounts: createAccountStore(models, readAccounts, transaction),
      sessions: createSessionStore(models, sessionReads, database.dialect, transaction),
    };
  }

  return {
    ...storesWithin(null),
    accountSearch: createAccountSearch(database),
    sessionPages: createSessionPages(database),
    sessionMaintenance: createSessionMaintenance(database, models),
    atomically: (work) => database.transaction((transaction) => work(storesWithin(transaction))),
  };
}
