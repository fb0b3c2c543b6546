import { flag, identifier, integer, longText, text, timestamp } from '@identity/database/column-types';
import type { Database } from '@identity/database/connect';
import type { Model, ModelStatic } from 'sequelize';

/** A row of `profiles`. */
export interface ProfileRow {
  userId: string;
  displayName: string | null;
  bio: string;
  avatarUrl: string | null;
  theme: string;
  locale: string;
  timeZone: string;
  emailNotifications: boolean;
  /** JSON text: a JSON column would reorder keys and round numbers. */
  custom: string;
  version: number;
  updatedAt: Date;
}

export type ProfileModel = ModelStatic<Model<ProfileRow, Partial<ProfileRow>>>;

/** Tells Sequelize about the table that the migrations have made. */
export function defineProfileModel({ sequelize, dialect }: Database): ProfileModel {
  return sequelize.define<Model<ProfileRow, Partial<ProfileRow>>>(
    'profile',
    {
      userId: { type: identifier(dialect), primaryKey: true },
      displayName: text(dialect, 80),
      bio: longText(dialect),
      avatarUrl: text(dialect, 2_048),
      theme: text(dialect, 20),
      locale: text(dialect, 64),
      timeZone: text(dialect, 64),
      emailNotifications: flag(),
      custom: longText(dialect),
      version: integer(),
      updatedAt: timestamp(),
    },
    { timestamps: false, underscored: true, tableName: 'profiles' },
  );
}
