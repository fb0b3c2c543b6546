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

export interface EndLostSessionDeps {
  readonly sessions: Pick<SessionStore, 'findRefreshToken' | 'revoke'>;
  readonly revocations: RevocationFeed;
  readonly clock: Clock;
}

/** Ends what nobody could end from that client any more: it would live on for whoever has a copy. */
export function createEndLostSession({ sessions, revocations, clock }: EndLostSessionDeps): EndLostSession {
  return async ({ id, refreshToken }, { reason, exceptId }) => {
    const ids = new Set([id, await sessionOf(refreshToken)].filter((each) => each !== null));
    ids.delete(exceptId);
    if (ids.size === 0) return [];
    const ended: string[] = [];
    for (const each of ids) if (await sessions.revoke(each, reason, clock())) ended.push(each);
    // Also if somebody else was faster: they may not have told everybody yet.
    await revocations.publish(ended, [...ids]);
    return ended;
  };

  async function sessionOf(refreshToken: string | null): Promise<string | null> {
    if (refreshToken === null) return null;
    return (await sessions.findRefreshToken(refreshTokenDigest(refreshToken)))?.sessionId ?? null;
  }
}
