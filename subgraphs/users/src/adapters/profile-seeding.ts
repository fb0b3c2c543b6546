import { timestampText } from '@identity/database/column-types';
import type { Database } from '@identity/database/connect';
import type { Preferences } from '../domain/profile.js';

/** Writes many profiles at once, for measurements. */
export interface ProfileSeeding {
  /** Writes a profile for each of these users, all of them or none. */
  insert(userIds: readonly string[], at: Date): Promise<void>;
}

/** Creates the writing of profiles in bulk. */
export function createProfileSeeding(database: Database, preferences: Preferences): ProfileSeeding {
  const { sequelize, dialect } = database;
  const { theme, locale, timeZone, emailNotifications, custom } = preferences;

  return {
    async insert(userIds, at) {
      const same = {
        theme,
        locale,
        time_zone: timeZone,
        email_notifications: emailNotifications,
        custom: JSON.stringify(custom),
        version: 1,
        updated_at: timestampText(dialect, at),
      };
      const rows = userIds.map((userId) => ({
        user_id: userId,
        bio: `Likes long walks; known as ${userId.slice(-8)}.`,
        avatar_url: `https://avatars.example.com/${userId}.png`,
        ...same,
      }));
      await database.transaction(async (transaction) => {
        await sequelize.getQueryInterface().bulkInsert('profiles', rows, { transaction });
      });
    },
  };
}
