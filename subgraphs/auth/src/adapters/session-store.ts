import { databaseTime, timestampText } from '@identity/database/column-types';
import type { Database } from '@identity/database/connect';
import { literal, Op, type Transaction } from 'sequelize';
import type { RefreshTokenRecord, SessionStore } from '../domain/ports.js';
import type { Models, RefreshTokenRow } from './models.js';
import type { SessionReads } from './session-reads.js';

/** A verifier accepts a token for a while after it has expired, so a session that has just expired can still be in use. */
const EXPIRY_LEEWAY_MS = 60_000;

/** How long ago a session has lately been ended: longer than the news travels, and more than any two clocks differ. */
const LATELY_MS = 60_000;

/** In one statement; SQLite takes no more than a thousand conditions. */
const REVOKED_AT_ONCE = 100;

/** Of one account at one network: more than any household or office has devices. */
const MAX_USER_AGENTS = 100;

/** Keeps sessions and their refresh tokens in SQL; within `transaction` if one is given. */
export function createSessionStore(
  { sessions, refreshTokens }: Pick<Models, 'sessions' | 'refreshTokens'>,
  reads: SessionReads,
  dialect: Database['dialect'],
  transaction: Transaction | null,
): SessionStore {
  return {
    async insert({ userId, ...session }) {
      await sessions.create({ ...session, accountId: userId }, { transaction });
    },

    async insertRefreshToken(digest, sessionId, createdAt, expiresAt) {
      await refreshTokens.create({ digest, sessionId, createdAt, expiresAt }, { transaction });
    },

    async findRefreshToken(digest) {
      const row = await refreshTokens.findOne({ where: { digest }, transaction });
      return row === null ? null : toRefreshToken(row.get());
    },

    async rotateRefreshToken(digest, successorSeed) {
      const [rotated] = await refreshTokens.update(
        { rotatedAt: literal(databaseTime(dialect)), successorSeed },
        { where: { digest, rotatedAt: null }, transaction },
      );
      return rotated === 1;
    },

    async findSuccessorSeed(digest, withinMs) {
      const rotatedAt = { [Op.gte]: literal(databaseTime(dialect, withinMs)) };
      const attributes = ['successorSeed'];
      return (
        (await refreshTokens.findOne({ attributes, where: { digest, rotatedAt }, transaction }))?.get().successorSeed ??
        null
      );
    },

    async touch(sessionId, at, unlessSince, idleExpiresAt) {
      const [since, now] = [unlessSince, at].map((time) => `'${timestampText(dialect, time)}'`);
      // In the statement itself: the row may have been noted since it was read.
      const lastUsedAt = literal(`CASE WHEN last_used_at <= ${since} THEN ${now} ELSE last_used_at END`);
      const [touched] = await sessions.update(
        { lastUsedAt, idleExpiresAt },
        { where: { id: sessionId, ...live(at) }, transaction },
      );
      return touched === 1;
    },

    async findLive(sessionId, now) {
      const [found] = await reads.live([sessionId], now, transaction);
      return found ?? null;
    },

    findAllLive: (sessionIds, now, time) => reads.live(sessionIds, now, transaction, time),

    async listUserAgentsAt(userId, network) {
      const rows = await sessions.findAll({
        attributes: ['userAgent'],
        where: { accountId: userId, network },
        group: ['userAgent'],
        limit: MAX_USER_AGENTS,
        transaction,
      });
      return rows.map((row) => row.get().userAgent);
    },

    async listOwned(userId, sessionIds) {
      const where = { id: [...sessionIds], accountId: userId };
      const rows = await sessions.findAll({ attributes: ['id'], where, transaction });
      return rows.map((row) => row.get().id);
    },

    async lockLive(sessionId, now) {
      const where = { id: sessionId, ...live(now) };
      return (await sessions.findOne({ attributes: ['id'], where, lock: true, transaction })) !== null;
    },

    async revoke(sessionId, reason, at) {
      const [revoked] = await sessions.update(
        { revokedAt: at, revocationReason: reason },
        { where: { id: sessionId, revokedAt: null }, transaction },
      );
      return revoked === 1;
    },

    async revokeAll(userId, exceptId, reason, at) {
      const where = {
        accountId: userId,
        ...live(new Date(at.getTime() - EXPIRY_LEEWAY_MS)),
        ...(exceptId === null ? {} : { id: { [Op.ne]: exceptId } }),
      };
      const rows = await sessions.findAll({ attributes: ['id'], where, lock: true, transaction });
      const ids = rows.map((row) => row.get().id);
      // Sequelize would write a list into the statement, which the server then has to prepare anew each time.
      const each = ids.map((id) => ({ id }));
      for (let from = 0; from < each.length; from += REVOKED_AT_ONCE) {
        const where = { [Op.or]: each.slice(from, from + REVOKED_AT_ONCE) };
        await sessions.update({ revokedAt: at, revocationReason: reason }, { where, transaction });
      }
      return ids;
    },

    async listLatelyRevoked(userId, now) {
      const where = { accountId: userId, ...latelyRevoked(now) };
      const rows = await sessions.findAll({ attributes: ['id'], where, transaction });
      return rows.map((row) => row.get().id);
    },

    async findOwnerOfLatelyRevoked(sessionId, now) {
      const where = { id: sessionId, ...latelyRevoked(now) };
      const row = await sessions.findOne({ attributes: ['accountId'], where, transaction });
      return row?.get().accountId ?? null;
    },

    listRevokedSince: (since) => reads.revokedSince(since, transaction),

    listUnrevoked: (sessionIds) => reads.unrevoked(sessionIds, transaction),
  };
}

function live(now: Date) {
  return { revokedAt: null, expiresAt: { [Op.gt]: now }, idleExpiresAt: { [Op.gt]: now } };
}

function latelyRevoked(now: Date) {
  return { revokedAt: { [Op.gte]: new Date(now.getTime() - LATELY_MS) } };
}

function toRefreshToken({ digest, sessionId, expiresAt, rotatedAt }: RefreshTokenRow): RefreshTokenRecord {
  return { digest, sessionId, expiresAt, isUsed: rotatedAt !== null };
}
