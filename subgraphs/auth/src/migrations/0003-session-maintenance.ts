import type { Migration } from '@identity/database/migration';
import { addIndex, dropIndex } from '@identity/database/migration-steps';

/** Sessions and refresh tokens in the order in which they run out. */
export const sessionMaintenance: Migration = {
  name: '0003-session-maintenance',

  async up(context) {
    await addIndex(context, 'sessions', ['idle_expires_at']);
    await addIndex(context, 'refresh_tokens', ['expires_at']);
  },

  async down(context) {
    await dropIndex(context, 'refresh_tokens', 'refresh_tokens_expires_at_index');
    await dropIndex(context, 'sessions', 'sessions_idle_expires_at_index');
  },
};
