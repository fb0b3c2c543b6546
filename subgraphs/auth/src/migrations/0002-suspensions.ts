import { text, timestamp } from '@identity/database/column-types';
import type { Migration } from '@identity/database/migration';
import { addColumn, addIndex, dropColumn, dropIndex } from '@identity/database/migration-steps';

/** When and why accounts were suspended; accounts of one status in the order of their ids. */
export const suspensions: Migration = {
  name: '0002-suspensions',

  async up(context) {
    const { dialect } = context;
    await addColumn(context, 'accounts', 'suspended_at', { type: timestamp(), allowNull: true });
    await addColumn(context, 'accounts', 'suspension_reason', { type: text(dialect, 500), allowNull: true });
    await addIndex(context, 'accounts', ['status', 'id']);
  },

  async down(context) {
    await dropIndex(context, 'accounts', 'accounts_status_id_index');
    await dropColumn(context, 'accounts', 'suspension_reason');
    await dropColumn(context, 'accounts', 'suspended_at');
  },
};
