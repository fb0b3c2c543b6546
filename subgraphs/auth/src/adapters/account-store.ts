import { violatesUnique } from '@identity/database/unique-violation';
import { Op, type Transaction } from 'sequelize';
import type { AccountWithCredentials } from '../domain/account.js';
import type { AccountStore } from '../domain/ports.js';
import type { ReadAccounts } from './account-reads.js';
import type { Models } from './models.js';

/** Keeps accounts in SQL; within `transaction` if one is given. */
export function createAccountStore(
  { accounts, roles }: Pick<Models, 'accounts' | 'roles'>,
  readAccounts: ReadAccounts,
  transaction: Transaction | null,
): AccountStore {
  async function lockWithCredentials(id: string): Promise<AccountWithCredentials | null> {
    // The lock is taken on the account's own row, and only then are its roles read.
    await accounts.findOne({ attributes: ['id'], where: { id }, lock: true, transaction });
    const [found] = await readAccounts({ ids: [id] }, transaction);
    return found ?? null;
  }

  return {
    async insert({ usernameKey, emailKey, ...account }) {
      try {
        await accounts.create(
          { ...account, usernameKey: Buffer.from(usernameKey), emailKey: Buffer.from(emailKey), status: 'ACTIVE' },
          { transaction },
        );
      } catch (error) {
        if (violatesUnique(error, 'accounts_email_key_unique')) return 'email_taken';
        if (violatesUnique(error, 'accounts_username_key_unique')) return 'username_taken';
        throw error;
      }
      await roles.create({ accountId: account.id, role: 'USER' }, { transaction });
      return 'inserted';
    },

    async findByIds(ids, time) {
      const found = await readAccounts({ ids }, transaction, time);
      return found.map(({ account }) => account);
    },

    async findByUsernameKey(key, time) {
      const [found] = await readAccounts({ usernameKey: key }, transaction, time);
      return found?.account ?? null;
    },

    async findTakenKeys(usernameKey, emailKey) {
      const keys = { username: Buffer.from(usernameKey), email: Buffer.from(emailKey) };
      const rows = await accounts.findAll({
        attributes: ['usernameKey', 'emailKey'],
        where: { [Op.or]: [{ usernameKey: keys.username }, { emailKey: keys.email }] },
        transaction,
      });
      const found = rows.map((row) => row.get());
      return {
        username: found.some((row) => row.usernameKey.equals(keys.username)),
        email: found.some((row) => row.emailKey.equals(keys.email)),
      };
    },

    async findWithCredentials(identifier) {
      const key = 'id' in identifier ? { ids: [identifier.id] } : identifier;
      const [found] = await readAccounts(key, transaction);
      return found ?? null;
    },

    lockWithCredentials,

    async lock(id) {
      return (await lockWithCredentials(id))?.account ?? null;
    },

    async lockActiveAdmins() {
      const rows = await accounts.findAll({
        attributes: ['id'],
        where: { status: 'ACTIVE' },
        include: [{ model: roles, as: 'roles', attributes: [], where: { role: 'ADMIN' } }],
        lock: true,
        transaction,
      });
      return rows.map((row) => row.get().id);
    },

    async addRole(accountId, role) {
      await roles.create({ accountId, role }, { transaction });
    },

    async removeRole(accountId, role) {
      await roles.destroy({ where: { accountId, role }, transaction });
    },

    async suspend(id, suspensionReason, suspendedAt) {
      await accounts.update({ status: 'SUSPENDED', suspendedAt, suspensionReason }, { where: { id }, transaction });
    },

    async reinstate(id) {
      const reinstated = { status: 'ACTIVE', suspendedAt: null, suspensionReason: null };
      await accounts.update(reinstated, { where: { id }, transaction });
    },

    async replacePasswordHash(id, from, to) {
      const [replaced] = await accounts.update(
        { passwordHash: to },
        { where: { id, passwordHash: from }, transaction },
      );
      return replaced === 1;
    },
  };
}
