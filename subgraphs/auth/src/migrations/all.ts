import type { Migration } from '@identity/database/migration';
import { accountsAndSessions } from './0001-accounts-and-sessions.js';
import { suspensions } from './0002-suspensions.js';
import { sessionMaintenance } from './0003-session-maintenance.js';
import { sessionNetworks } from './0004-session-networks.js';

/** Every migration of this subgraph's database, in the order of their application. */
export const migrations: readonly Migration[] = [accountsAndSessions, suspensions, sessionMaintenance, sessionNetworks];
