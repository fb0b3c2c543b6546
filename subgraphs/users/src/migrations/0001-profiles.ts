import { flag, identifier, integer, longText, text, timestamp } from '@identity/database/column-types';
import type { Migration } from '@identity/database/migration';
import { createTable, dropTable } from '@identity/database/migration-steps';

/** Profiles and preferences: one row a person, from the first write on. */
export const profiles: Migration = {
  name: '0001-profiles',

  async up(context) {
    const { dialect } = context;
    await createTable(context, {
      name: 'profiles',
      columns: {
        user_id: { type: identifier(dialect), primaryKey: true },
        display_name: { type: text(dialect, 80), allowNull: true },
        bio: { type: longText(dialect), allowNull: false },
        avatar_url: { type: text(dialect, 2_048), allowNull: true },
        theme: { type: text(dialect, 20), allowNull: false },
        locale: { type: text(dialect, 64), allowNull: false },
        time_zone: { type: text(dialect, 64), allowNull: false },
        email_notifications: { type: flag(), allowNull: false },
        custom: { type: longText(dialect), allowNull: false },
        version: { type: integer(), allowNull: false },
        updated_at: { type: timestamp(), allowNull: false },
      },
    });
  },

  async down(context) {
    await dropTable(context, 'profiles');
  },
};
