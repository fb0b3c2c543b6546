import type { Database } from '@identity/database/connect';
import { violatesPrimaryKey } from '@identity/database/unique-violation';
import { literal, type Transaction } from 'sequelize';
import type { ProfileChanges, ProfileStore, ProfileWrite, WriteOutcome } from '../domain/ports.js';
import type { JsonObject, Profile, Theme } from '../domain/profile.js';
import { defineProfileModel, type ProfileRow } from './profile-model.js';

/** Keeps profiles in SQL. */
export function createProfileStore(database: Database, emptyProfile: (userId: string) => Profile): ProfileStore {
  const model = defineProfileModel(database);

  async function find(userIds: readonly string[], transaction: Transaction | null): Promise<readonly Profile[]> {
    const rows = await model.findAll({ where: { userId: [...userIds] }, transaction });
    return rows.map((row) => toProfile(row.get()));
  }

  /** Changes an existing row in one statement; false when there is none, or it has another version. */
  async function update(
    { userId, changes, expectedVersion, at }: ProfileWrite,
    transaction: Transaction,
  ): Promise<boolean> {
    const where = expectedVersion === null ? { userId } : { userId, version: expectedVersion };
    const [updated] = await model.update(
      { ...toColumns(changes), version: literal('version + 1'), updatedAt: at },
      { where, transaction },
    );
    return updated === 1;
  }

  /** Makes the first row; false when somebody was faster. */
  async function insert({ userId, changes, at }: ProfileWrite, transaction: Transaction): Promise<boolean> {
    const { preferences, ...profile } = emptyProfile(userId);
    const row = { ...profile, ...toColumns({ ...preferences, ...changes }), version: 1, updatedAt: at };
    try {
      await model.create({ ...row, userId }, { transaction });
      return true;
    } catch (error) {
      if (violatesPrimaryKey(error)) return false;
      throw error;
    }
  }

  async function writeOnce(write: ProfileWrite, transaction: Transaction): Promise<WriteOutcome> {
    const first = write.expectedVersion === null || write.expectedVersion === 0;
    const written =
      (await update(write, transaction)) ||
      (first && ((await insert(write, transaction)) || (await update(write, transaction))));
    const [profile] = await find([write.userId], transaction);
    return written && profile !== undefined
      ? { written: true, profile }
      : { written: false, currentVersion: profile?.version ?? 0 };
  }

  return {
    findByUserIds: (userIds) => find(userIds, null),
    write: (write) => database.transaction((transaction) => writeOnce(write, transaction)),
  };
}

function toColumns({ custom, ...changes }: ProfileChanges): Partial<ProfileRow> {
  return { ...changes, ...(custom === undefined ? {} : { custom: JSON.stringify(custom) }) };
}

function toProfile(row: ProfileRow): Profile {
  const {
    userId,
    displayName,
    bio,
    avatarUrl,
    theme,
    locale,
    timeZone,
    emailNotifications,
    custom,
    version,
    updatedAt,
  } = row;
  const preferences = { theme: toTheme(theme), locale, timeZone, emailNotifications, custom: toJsonObject(custom) };
  return { userId, displayName, bio, avatarUrl, preferences, version, updatedAt };
}

function toTheme(theme: string): Theme {
  if (theme === 'SYSTEM' || theme === 'LIGHT' || theme === 'DARK') return theme;
  throw new Error('a row of profiles holds an unknown theme');
}

function toJsonObject(text: string): JsonObject {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null) throw new Error('a row of profiles holds no JSON object');
  return { ...value };
}
