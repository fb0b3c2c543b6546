import type { Clock } from '@identity/service-kit/clock';
import type { Account } from './account.js';
import { endLost, tellEnded, type EndedSessions } from './end-lost-session.js';
import { WRITE_INTERVAL_MS } from './note-session-use.js';
import { idleExpiry, type SessionLifetime } from './open-session.js';
import type { AccessTokenIssuer, RevocationFeed, SessionStore, Storage, Stores } from './ports.js';
import { MAX_TOKEN_CHARACTERS, newSuccessorSeed, refreshTokenDigest, successorOf } from './refresh-token.js';
import type { Origin, Session } from './session.js';
import type { AuthTokens, Refreshed } from './tokens.js';
import { fail, succeed, type Result, type UserError } from './user-errors.js';

/** Two tabs, or a client whose answer was lost, present the same token twice within this time, to any two instances. */
const REUSE_GRACE_MS = 10_000;

export interface RefreshSessionDeps {
  readonly storage: Storage;
  readonly accessTokens: AccessTokenIssuer;
  readonly revocations: RevocationFeed;
  readonly lifetime: SessionLifetime;
  readonly clock: Clock;
}

/** The session that a used token has ended, and whose it was. */
export interface Reuse {
  readonly sessionId: string;
  readonly userId: string;
}

/** Which session to go on with, from where. */
export interface RefreshAttempt {
  readonly refreshToken: string;
  /** The token in the cookie that the browser is about to lose, if it is another; null without one. */
  readonly replaces: string | null;
  readonly origin: Origin;
  readonly onReuse: (reuse: Reuse) => void;
}

export type RefreshSession = (attempt: RefreshAttempt) => Promise<Result<Refreshed>>;

/** A token of a live session, presented at a certain time. */
interface Presented {
  readonly token: string;
  readonly account: Account;
  readonly session: Session;
  readonly at: Date;
}

/** What became of a presented token; `reused` still has to be published. */
type Outcome = { readonly kind: 'done'; readonly result: Result<AuthTokens> } | ({ readonly kind: 'reused' } & Reuse);

/**
 * Exchanges a refresh token for the next pair (RFC 9700, section 4.14.2). A token works once; presenting the latest
 * used one again within the grace gives the same successor; presenting any older one revokes the session. Another session
 * whose cookie the new token replaces is ended.
 */
export function createRefreshSession({
  storage,
  accessTokens,
  revocations,
  lifetime,
  clock,
}: RefreshSessionDeps): RefreshSession {
  return async ({ refreshToken, replaces, onReuse }) => {
    if (refreshToken.length > MAX_TOKEN_CHARACTERS) return fail(TOKEN_INVALID);
    const { outcome, replaced } = await storage.atomically((stores) => exchangeFor(stores, refreshToken, replaces));
    if (outcome.kind === 'reused') {
      const { sessionId, userId } = outcome;
      await revocations.publish([sessionId]);
      onReuse({ sessionId, userId });
      return fail(TOKEN_REUSED);
    }
    if (!outcome.result.ok) return outcome.result;
    return succeed({ tokens: outcome.result.value, replacedSessions: await tellEnded(revocations, replaced) });
  };

  /** Exchanges a token, and ends the session of the one that the next takes the place of. */
  async function exchangeFor(
    stores: Stores,
    token: string,
    replaces: string | null,
  ): Promise<{ readonly outcome: Outcome; readonly replaced: EndedSessions }> {
    const at = clock();
    const outcome = await exchange(stores, token, at);
    if (outcome.kind === 'reused' || !outcome.result.ok) return { outcome, replaced: { ended: [], all: [] } };
    const loss = { reason: 'REPLACED', exceptId: outcome.result.value.sessionId } as const;
    return { outcome, replaced: await endLost(stores.sessions, { id: null, refreshToken: replaces }, loss, at) };
  }

  async function exchange(stores: Stores, token: string, at: Date): Promise<Outcome> {
    const digest = refreshTokenDigest(token);
    const record = await stores.sessions.findRefreshToken(digest);
    if (record === null) return done(fail(TOKEN_INVALID));
    const session = await stores.sessions.findLive(record.sessionId, at);
    if (session === null) return done(fail(record.expiresAt <= at ? TOKEN_EXPIRED : TOKEN_INVALID));
    const [account] = await stores.accounts.findByIds([session.userId]);
    if (account?.status !== 'ACTIVE') return done(fail(TOKEN_INVALID));

    const seed = newSuccessorSeed();
    const first = !record.isUsed && record.expiresAt > at && (await stores.sessions.rotateRefreshToken(digest, seed));
    const presented = { token, account, session, at };
    if (first) return succeedToken(stores, presented, seed);
    if (!record.isUsed && record.expiresAt <= at) return done(fail(TOKEN_EXPIRED));
    return repeat(stores, presented);
  }

  /** The first use: the successor comes to life. */
  async function succeedToken(
    { sessions }: Stores,
    { token, account, session, at }: Presented,
    seed: Buffer,
  ): Promise<Outcome> {
    const expiresAt = idleExpiry(at, session.expiresAt, lifetime);
    const unlessSince = new Date(at.getTime() - WRITE_INTERVAL_MS);
    if (!(await sessions.touch(session.id, at, unlessSince, expiresAt))) return done(fail(TOKEN_INVALID));
    const successor = successorOf(token, seed);
    await sessions.insertRefreshToken(refreshTokenDigest(successor), session.id, at, expiresAt);
    return done(pair({ account, session, at }, successor, expiresAt));
  }

  /** Any later use: harmless only if it is the direct parent of the latest token, shortly after. */
  async function repeat({ sessions }: Stores, { token, account, session, at }: Presented): Promise<Outcome> {
    const latest = await findUnusedSuccessor(sessions, token);
    if (latest !== null) return done(pair({ account, session, at }, latest.token, latest.expiresAt));
    await sessions.revoke(session.id, 'TOKEN_REUSED', at);
    return { kind: 'reused', sessionId: session.id, userId: session.userId };
  }

  function pair(
    { account, session, at }: Omit<Presented, 'token'>,
    refreshToken: string,
    refreshTokenExpiresAt: Date,
  ): Result<AuthTokens> {
    const access = accessTokens.issue({ account, sessionId: session.id, at, notAfter: refreshTokenExpiresAt });
    return succeed({
      sessionId: session.id,
      accessToken: access.accessToken,
      accessTokenExpiresAt: access.expiresAt,
      refreshToken,
      refreshTokenExpiresAt,
    });
  }
}

async function findUnusedSuccessor(sessions: SessionStore, token: string) {
  // Not known from before: whoever was faster has only now left it.
  const seed = await sessions.findSuccessorSeed(refreshTokenDigest(token), REUSE_GRACE_MS);
  if (seed === null) return null;
  const successor = successorOf(token, seed);
  const record = await sessions.findRefreshToken(refreshTokenDigest(successor));
  return record?.isUsed === false ? { token: successor, expiresAt: record.expiresAt } : null;
}

function done(result: Result<AuthTokens>): Outcome {
  return { kind: 'done', result };
}

const TOKEN_INVALID: UserError = {
  code: 'TOKEN_INVALID',
  message: 'The refresh token is not valid.',
  path: ['refreshToken'],
};
const TOKEN_EXPIRED: UserError = {
  code: 'TOKEN_EXPIRED',
  message: 'The refresh token has expired; log in again.',
  path: ['refreshToken'],
};
const TOKEN_REUSED: UserError = {
  code: 'TOKEN_REUSED',
  message: 'The refresh token had been used before; its session has been ended.',
  path: ['refreshToken'],
};
