import type { Clock } from '@identity/service-kit/clock';
import type { RevocationFeed, SessionStore } from './ports.js';
import { refreshTokenDigest } from './refresh-token.js';
import type { RevocationReason } from './session.js';

/** What a client had, whoever's it is, and has no use for any more; each null without one. */
export interface LostSession {
  /** The session of an access token. */
  readonly id: string | null;
  /** The token in the cookie that a browser is about to lose. */
  readonly refreshToken: string | null;
}

/** Why it is lost, and the session that is none of it, because the client goes on with it or it has ended. */
export interface Loss {
  readonly reason: RevocationReason;
  readonly exceptId: string;
}

/** Returns the ids of the sessions that have ended. When it resolves, no service accepts their tokens. */
export type EndLostSession = (lost: LostSession, loss: Loss) => Promise<readonly string[]>;

type LostSessionStore = Pick<SessionStore, 'findRefreshToken' | 'revoke'>;

export interface EndLostSessionDeps {
  readonly sessions: LostSessionStore;
  readonly revocations: RevocationFeed;
  readonly clock: Clock;
}

/** What of it has ended in SQL and still has to be told. */
export interface EndedSessions {
  readonly ended: readonly string[];
  /** Also those that somebody else was faster to end: they may not have told everybody yet. */
  readonly all: readonly string[];
}

/** Ends what nobody could end from that client any more: it would live on for whoever has a copy. */
export function createEndLostSession({ sessions, revocations, clock }: EndLostSessionDeps): EndLostSession {
  return async (lost, loss) => tellEnded(revocations, await endLost(sessions, lost, loss, clock()));
}

/**
 * Ends it in SQL, within the caller's transaction if that gave the store: so the session that takes its place is
 * opened with its end or not at all. Its tokens are refused everywhere once that has been committed and `tellEnded` has resolved.
 */
export async function endLost(
  sessions: LostSessionStore,
  { id, refreshToken }: LostSession,
  { reason, exceptId }: Loss,
  at: Date,
): Promise<EndedSessions> {
  const record = refreshToken === null ? null : await sessions.findRefreshToken(refreshTokenDigest(refreshToken));
  const all = new Set([id, record?.sessionId ?? null].filter((each) => each !== null));
  all.delete(exceptId);
  const ended: string[] = [];
  for (const each of all) if (await sessions.revoke(each, reason, at)) ended.push(each);
  return { ended, all: [...all] };
}

/** Returns the ids of those that the caller has ended. When it resolves, no service accepts their tokens. */
export async function tellEnded(
  revocations: RevocationFeed,
  { ended, all }: EndedSessions,
): Promise<readonly string[]> {
  if (all.length > 0) await revocations.publish(ended, all);
  return ended;
}
