import { randomBytes } from 'node:crypto';
import { timestampText } from '@identity/database/column-types';
import type { Database } from '@identity/database/connect';
import { QueryTypes } from 'sequelize';
import { TypeID } from 'typeid-js';

/** Writes many accounts at once, for measurements: each with one role, one session and one refresh token. */
export interface AccountSeeding {
  /** How many accounts it has written before. */
  count(): Promise<number>;
  /**
   * Writes accounts with consecutive numbers, all of them or none.
   *
   * @returns their ids, in the order of their numbers, which is also that of the ids.
   */
  insert(accounts: SeededAccounts): Promise<readonly string[]>;
}

/** Accounts that follow each other. */
export interface SeededAccounts {
  /** The number of the first one. */
  readonly from: number;
  readonly count: number;
  /** What all of them log in with. */
  readonly passwordHash: string;
  /** When the first one came into being; each next one a second later. */
  readonly since: Date;
  /** When the sessions end. */
  readonly sessionsExpireAt: Date;
}

const PREFIX = 'seeded-';
/** The first text behind all that begin with the prefix. */
const END_OF_PREFIX = 'seeded.';
const DIGITS = 8;

/** The username of a seeded account. */
export function seededUsername(number: number): string {
  return `${PREFIX}${String(number).padStart(DIGITS, '0')}`;
}

/** Creates the writing of accounts in bulk; a model instance for each row would take five times as long. */
export function createAccountSeeding(database: Database): AccountSeeding {
  const { sequelize, dialect } = database;
  const queries = sequelize.getQueryInterface();

  return {
    async count() {
      const [row] = await sequelize.query<{ total: number }>(
        'SELECT COUNT(*) AS total FROM accounts WHERE username_key >= :from AND username_key < :end',
        { type: QueryTypes.SELECT, replacements: { from: Buffer.from(PREFIX), end: Buffer.from(END_OF_PREFIX) } },
      );
      return row?.total ?? 0;
    },

    async insert({ from, count, passwordHash, since, sessionsExpireAt }) {
      const expires = timestampText(dialect, sessionsExpireAt);
      const people = Array.from({ length: count }, (_unused, index) => {
        const at = new Date(since.getTime() + (from + index) * 1_000);
        const username = seededUsername(from + index);
        return { id: idAt('user', at), session: idAt('session', at), username, at: timestampText(dialect, at) };
      });
      await database.transaction(async (transaction) => {
        const insert = (table: string, rows: object[]) => queries.bulkInsert(table, rows, { transaction });
        await insert(
          'accounts',
          people.map(({ id, username, at }) => {
            const email = `${username}@example.com`;
            const keys = { username_key: Buffer.from(username), email_key: Buffer.from(email) };
            return { id, username, email, ...keys, password_hash: passwordHash, status: 'ACTIVE', created_at: at };
          }),
        );
        await insert(
          'account_roles',
          people.map(({ id }) => ({ account_id: id, role: 'USER' })),
        );
        await insert(
          'sessions',
          people.map(({ id, session, at }) => {
            const times = { created_at: at, last_used_at: at, expires_at: expires, idle_expires_at: expires };
            return { id: session, account_id: id, ...times };
          }),
        );
        await insert(
          'refresh_tokens',
          people.map(({ session, at }) => ({
            digest: randomBytes(32),
            session_id: session,
            created_at: at,
            expires_at: expires,
          })),
        );
      });
      return people.map(({ id }) => id);
    },
  };
}

/** A TypeID that sorts where one of that moment would: a UUIDv7 (RFC 9562, section 5.7). */
function idAt(kind: 'user' | 'session', at: Date): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(at.getTime(), 0, 6);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return TypeID.fromUUIDBytes(kind, bytes).toString();
}
