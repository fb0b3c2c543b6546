import type { Database } from '@identity/database/connect';
import type { Reader } from '@identity/database/read';
import { UNLIMITED } from '@identity/database/time-budget';
import type { Role } from '@identity/service-kit/access-token';
import type { RequestTime } from '@identity/service-kit/request-time';
import { createSharedReads } from '@identity/service-kit/shared-reads';
import type { Transaction } from 'sequelize';
import type { AccountStatus, AccountWithCredentials } from '../domain/account.js';
import type { AccountRow } from './models.js';

/** By what accounts are found. */
export type AccountKey =
  { readonly ids: readonly string[] } | { readonly usernameKey: string } | { readonly emailKey: string };

/** Reads accounts with their roles, with one statement. */
export type ReadAccounts = (
  key: AccountKey,
  transaction: Transaction | null,
  time?: RequestTime,
) => Promise<readonly AccountWithCredentials[]>;

/** Within which transaction and time. */
type Scope = readonly [transaction: Transaction | null, time?: RequestTime];

/** One role of an account; null for an account without any. */
type RoleOfAccount = Pick<
  AccountRow,
  'id' | 'username' | 'email' | 'passwordHash' | 'status' | 'emailVerifiedAt' | 'twoFactorEnabledAt' | 'createdAt'
> & { readonly role: string | null };

const ACCOUNTS_AND_ROLES = `SELECT account.id, account.username, account.email, account.password_hash AS passwordHash,
    account.status, account.email_verified_at AS emailVerifiedAt, account.two_factor_enabled_at AS twoFactorEnabledAt,
    account.created_at AS createdAt, roles.role
  FROM \`accounts\` AS account LEFT JOIN account_roles AS roles ON roles.account_id = account.id`;

/**
 * Prepares the statements.
 *
 * @param shared - Whether requests that read by ids at the same time share a statement.
 */
export function createAccountReads(database: Pick<Database, 'prepareRead'>, shared: boolean): ReadAccounts {
  const prepare = (condition: string): Reader<RoleOfAccount> =>
    database.prepareRead(`${ACCOUNTS_AND_ROLES} WHERE ${condition}`);
  const byIds = prepare('account.id IN (?)');
  const byUsernameKey = prepare('account.username_key = ?');
  const byEmailKey = prepare('account.email_key = ?');

  function rowsOf(key: AccountKey, ...scope: Scope): Promise<readonly RoleOfAccount[]> {
    if ('ids' in key) return byIds([key.ids], ...scope);
    if ('emailKey' in key) return byEmailKey([Buffer.from(key.emailKey)], ...scope);
    return byUsernameKey([Buffer.from(key.usernameKey)], ...scope);
  }

  const readShared = createSharedReads(
    async (ids) => toAccounts(await byIds([ids], null, UNLIMITED)),
    ({ account }) => account.id,
  );

  return async (key, transaction, time) =>
    shared && 'ids' in key && transaction === null && time !== undefined
      ? readShared(key.ids, time)
      : toAccounts(await rowsOf(key, transaction, time));
}

function toAccounts(rows: readonly RoleOfAccount[]): readonly AccountWithCredentials[] {
  const rolesOf = new Map<string, Role[]>();
  const found: AccountWithCredentials[] = [];
  for (const row of rows) {
    let roles = rolesOf.get(row.id);
    if (roles === undefined) {
      roles = [];
      rolesOf.set(row.id, roles);
      found.push(toAccount(row, roles));
    }
    if (row.role !== null) roles.push(toRole(row.role));
  }
  return found;
}

function toAccount(row: RoleOfAccount, roles: readonly Role[]): AccountWithCredentials {
  const { id, username, email, createdAt, passwordHash } = row;
  const account = {
    id,
    username,
    email,
    emailVerified: row.emailVerifiedAt !== null,
    roles,
    status: toStatus(row.status),
    twoFactorEnabled: row.twoFactorEnabledAt !== null,
    createdAt,
  };
  return { account, passwordHash };
}

function toRole(role: string): Role {
  if (role === 'USER' || role === 'ADMIN') return role;
  throw new Error('a row of account_roles holds an unknown role');
}

function toStatus(status: string): AccountStatus {
  if (status === 'ACTIVE' || status === 'SUSPENDED' || status === 'PENDING_DELETION') return status;
  throw new Error('a row of accounts holds an unknown status');
}
