/** What a client knows of a session of its own. */
export interface KnownSession {
  accessToken: string;
  refreshToken: string;
  isLive: boolean;
}

/** What a client knows of an account of its own. */
export interface KnownAccount {
  readonly username: string;
  readonly email: string;
  readonly password: string;
  /** The last profile that was confirmed; empty and 0 before the first one. */
  bio: string;
  version: number;
  /** What was written since without an answer: the profile may hold it. */
  readonly unansweredBios: string[];
  readonly sessions: KnownSession[];
}

/** What the system has confirmed, what it has left open, and what it should never have answered. */
export interface Ledger {
  readonly accounts: KnownAccount[];
  /** Logins and registrations without an answer: each may have opened a session that nobody knows. */
  unknownSessions: number;
  /** How often tokens were exchanged. */
  refreshes: number;
  /** Sessions that were ended because a refresh without an answer was repeated later than the grace allows. */
  endedByGrace: number;
  /** Answers by the name of the operation. */
  readonly confirmed: Map<string, number>;
  /** The requests that had no answer, or one that leaves open what was done: when, what was asked, and what came. */
  readonly unanswered: string[];
  readonly violations: string[];
}

/** An empty one. */
export function createLedger(): Ledger {
  return {
    accounts: [],
    unknownSessions: 0,
    refreshes: 0,
    endedByGrace: 0,
    confirmed: new Map(),
    unanswered: [],
    violations: [],
  };
}
