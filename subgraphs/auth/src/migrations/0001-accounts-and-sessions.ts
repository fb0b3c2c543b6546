import { binary, identifier, text, timestamp } from '@identity/database/column-types';
import type { Migration } from '@identity/database/migration';
import { addIndex, createTable, dropTable } from '@identity/database/migration-steps';

/** Accounts with their roles; sessions with their refresh tokens. */
export const accountsAndSessions: Migration = {
  name: '0001-accounts-and-sessions',

  async up(context) {
    const { dialect } = context;
    await createTable(context, {
      name: 'accounts',
      columns: {
        id: { type: identifier(dialect), primaryKey: true },
        username: { type: text(dialect, 30), allowNull: false },
        username_key: { type: binary(dialect, 120), allowNull: false },
        email: { type: text(dialect, 254), allowNull: false },
        email_key: { type: binary(dialect, 254), allowNull: false },
        password_hash: { type: text(dialect, 100), allowNull: false },
        status: { type: text(dialect, 20), allowNull: false },
        email_verified_at: { type: timestamp(), allowNull: true },
        two_factor_enabled_at: { type: timestamp(), allowNull: true },
        created_at: { type: timestamp(), allowNull: false },
      },
      unique: [['username_key'], ['email_key']],
    });

    await createTable(context, {
      name: 'account_roles',
      columns: {
        account_id: {
          type: identifier(dialect),
          primaryKey: true,
          references: { model: 'accounts', key: 'id' },
          onDelete: 'CASCADE',
        },
        role: { type: text(dialect, 20), primaryKey: true },
      },
    });
    await addIndex(context, 'account_roles', ['role', 'account_id']);

    await createTable(context, {
      name: 'sessions',
      columns: {
        id: { type: identifier(dialect), primaryKey: true },
        account_id: {
          type: identifier(dialect),
          allowNull: false,
          references: { model: 'accounts', key: 'id' },
          onDelete: 'CASCADE',
        },
        device_name: { type: text(dialect, 100), allowNull: true },
        user_agent: { type: text(dialect, 512), allowNull: true },
        ip_address: { type: text(dialect, 45), allowNull: true },
        created_at: { type: timestamp(), allowNull: false },
        last_used_at: { type: timestamp(), allowNull: false },
        expires_at: { type: timestamp(), allowNull: false },
        idle_expires_at: { type: timestamp(), allowNull: false },
        revoked_at: { type: timestamp(), allowNull: true },
        revocation_reason: { type: text(dialect, 30), allowNull: true },
      },
    });
    await addIndex(context, 'sessions', ['account_id', 'id']);
    await addIndex(context, 'sessions', ['revoked_at']);

    await createTable(context, {
      name: 'refresh_tokens',
      columns: {
        digest: { type: binary(dialect, 32), primaryKey: true },
        session_id: {
          type: identifier(dialect),
          allowNull: false,
          references: { model: 'sessions', key: 'id' },
          onDelete: 'CASCADE',
        },
        created_at: { type: timestamp(), allowNull: false },
        expires_at: { type: timestamp(), allowNull: false },
        rotated_at: { type: timestamp(), allowNull: true },
        successor_seed: { type: binary(dialect, 32), allowNull: true },
      },
    });
    await addIndex(context, 'refresh_tokens', ['session_id']);
  },

  async down(context) {
    await dropTable(context, 'refresh_tokens');
    await dropTable(context, 'sessions');
    await dropTable(context, 'account_roles');
    await dropTable(context, 'accounts');
  },
};
