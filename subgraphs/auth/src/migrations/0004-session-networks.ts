import { text } from '@identity/database/column-types';
import type { Migration } from '@identity/database/migration';
import { addColumn, addIndex, dropColumn, dropIndex } from '@identity/database/migration-steps';

/** The networks that accounts have opened sessions at. Of older sessions only those over IPv4 are known. */
export const sessionNetworks: Migration = {
  name: '0004-session-networks',

  async up(context) {
    const { dialect, sequelize } = context;
    await addColumn(context, 'sessions', 'network', { type: text(dialect, 45), allowNull: true });
    await sequelize.query(
      "UPDATE sessions SET network = ip_address WHERE network IS NULL AND ip_address NOT LIKE '%:%'",
    );
    await addIndex(context, 'sessions', ['account_id', 'network']);
  },

  async down(context) {
    await dropIndex(context, 'sessions', 'sessions_account_id_network_index');
    await dropColumn(context, 'sessions', 'network');
  },
};
