import type { Database } from '@identity/database/connect';
import { violatesPrimaryKey } from '@identity/database/unique-violation';
import { UNLIMITED } from '@identity/database/time-budget';
import type { RequestTime } from '@identity/service-kit/request-time';
import { createSharedReads } from '@identity/service-kit/shared-reads';
import { literal, type Transaction } from 'sequelize';
import type { ProfileChanges, ProfileStore, ProfileWrite, WriteOutcome } from '../domain/ports.js';
import type { JsonObject, Profile, Theme } from '../domain/profile.js';
import { defineProfileModel, type ProfileRow } from './profile-model.js';

/** A row as it is read: a flag is 1 or 0. */
type ReadRow = Omit<ProfileRow, 'emailNotifications'> & { readonly emailNotifications: number };

/** What a store is made from. */
export interface ProfileStoreOptions {
  readonly emptyProfile: (userId: string) => Profile;
  /** Whether requests that read at the same time share a statement; by default they do. */
  readonly sharedReads?: boolean;
}

/** Keeps profiles in SQL. */
export function createProfileStore(
  database: Database,
  { emptyProfile, sharedReads = true }: ProfileStoreOptions,
): ProfileStore {
  const model = defineProfileModel(database);
  const read = database.prepareRead<ReadRow>(
    `SELECT user_id AS userId, display_name AS displayName, bio, avatar_url AS avatarUrl, theme, locale,
       time_zone AS timeZone, email_notifications AS emailNotifications, custom, version, updated_at AS updatedAt
     FROM \`profiles\` WHERE user_id IN (?)`,
  );

  async function find(
    userIds: readonly string[],
    transaction: Transaction | null,
    time?: RequestTime,
  ): Promise<readonly Profile[]> {
    const rows = await read([userIds], transaction, time);
    return rows.map(toProfile);
  }

  const findShared = createSharedReads(
    (userIds) => find(userIds, null, UNLIMITED),
    ({ userId }) => userId,
  );

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
    findByUserIds: (userIds, time) =>
      sharedReads && time !== undefined ? findShared(userIds, time) : find(userIds, null, time),
    write: (write) => database.transaction((transaction) => writeOnce(write, transaction)),
  };
}

function toColumns({ custom, ...changes }: ProfileChanges): Partial<ProfileRow> {
  return { ...changes, ...(custom === undefined ? {} : { custom: JSON.stringify(custom) }) };
}

function toProfile(row: ReadRow): Profile {
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
  const preferences = {
    theme: toTheme(theme),
    locale,
    timeZone,
    emailNotifications: emailNotifications === 1,
    custom: toJsonObject(custom),
  };
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
