import type { Role } from '@identity/service-kit/access-token';
import type { RequestTime } from '@identity/service-kit/request-time';
import type { Account, AccountStatus, AccountWithCredentials } from './account.js';
import type { RevocationReason, Session } from './session.js';

/** A new account; the store gives it nothing but a row. */
export interface NewAccount {
  readonly id: string;
  readonly username: string;
  readonly usernameKey: string;
  readonly email: string;
  readonly emailKey: string;
  readonly passwordHash: string;
  readonly createdAt: Date;
}

/** Keeps accounts. Reads without a time take it from the request that is run. */
export interface AccountStore {
  /** Inserts the account unless its e-mail address or username is taken. */
  insert(account: NewAccount): Promise<'inserted' | 'email_taken' | 'username_taken'>;
  findByIds(ids: readonly string[], time?: RequestTime): Promise<readonly Account[]>;
  findByUsernameKey(key: string, time?: RequestTime): Promise<Account | null>;
  findTakenKeys(
    usernameKey: string,
    emailKey: string,
  ): Promise<{ readonly username: boolean; readonly email: boolean }>;
  /** By e-mail key if `identifier` holds one, otherwise by username key. */
  findWithCredentials(
    identifier: { readonly emailKey: string } | { readonly usernameKey: string } | { readonly id: string },
  ): Promise<AccountWithCredentials | null>;
  /** As `findWithCredentials`, and holds the account's row until the transaction ends. */
  lockWithCredentials(id: string): Promise<AccountWithCredentials | null>;
  /** Replaces a hash, if it is still the one that was checked. */
  replacePasswordHash(id: string, from: string, to: string): Promise<boolean>;
  /** Reads an account, and holds its row until the transaction ends. */
  lock(id: string): Promise<Account | null>;
  /** The ids of all active administrators. Holds their rows until the transaction ends. */
  lockActiveAdmins(): Promise<readonly string[]>;
  /** Gives a role to an account that does not have it. */
  addRole(id: string, role: Role): Promise<void>;
  removeRole(id: string, role: Role): Promise<void>;
  /** Locks the account out; `reason` is kept until it is reinstated. */
  suspend(id: string, reason: string | null, at: Date): Promise<void>;
  reinstate(id: string): Promise<void>;
}

/** Which accounts to find; those that meet every condition that is not null. */
export interface AccountCriteria {
  /** How the username key or the e-mail key begins. */
  readonly prefix: { readonly usernameKey: string; readonly emailKey: string } | null;
  readonly status: AccountStatus | null;
  readonly role: Role | null;
}

/** A stretch of a list that is sorted by id. */
export interface Stretch {
  /** Only ids after this one. */
  readonly afterId: string | null;
  /** Only ids before this one. */
  readonly beforeId: string | null;
  /** Whether `limit` counts from the end; the end comes first then. */
  readonly fromEnd: boolean;
  readonly limit: number;
}

/** Finds accounts. Without a time it is taken from the request that is run. */
export interface AccountSearch {
  findIds(criteria: AccountCriteria, stretch: Stretch, time?: RequestTime): Promise<readonly string[]>;
  /** Whether there is one with this id or a smaller one. */
  existsUpTo(criteria: AccountCriteria, id: string, time?: RequestTime): Promise<boolean>;
  /** Whether there is one with this id or a greater one. */
  existsFrom(criteria: AccountCriteria, id: string, time?: RequestTime): Promise<boolean>;
  count(criteria: AccountCriteria, time?: RequestTime): Promise<number>;
}

/** A session to be opened. */
export interface NewSession extends Session {
  /** See `networkOf`. */
  readonly network: string | null;
  /** When the session ends if it is not used. */
  readonly idleExpiresAt: Date;
}

/** One refresh token, known by its digest only. */
export interface RefreshTokenRecord {
  readonly digest: Buffer;
  readonly sessionId: string;
  readonly expiresAt: Date;
  /** Whether it has been exchanged. */
  readonly isUsed: boolean;
}

/** Keeps sessions and their refresh tokens. Reads without a time take it from the request that is run. */
export interface SessionStore {
  insert(session: NewSession): Promise<void>;
  insertRefreshToken(digest: Buffer, sessionId: string, createdAt: Date, expiresAt: Date): Promise<void>;
  findRefreshToken(digest: Buffer): Promise<RefreshTokenRecord | null>;
  /** Marks an unused token as exchanged; false when somebody was faster. The time that is noted is the database's own. */
  rotateRefreshToken(digest: Buffer, successorSeed: Buffer): Promise<boolean>;
  /** What the successor of a token was derived from, if it was exchanged lately; by the database's time as well. */
  findSuccessorSeed(digest: Buffer, withinMs: number): Promise<Buffer | null>;
  /**
   * Prolongs a live session, and notes its use unless that was noted after `unlessSince` already; false when it has
   * ended. Holds its row until the transaction ends.
   */
  touch(sessionId: string, at: Date, unlessSince: Date, idleExpiresAt: Date): Promise<boolean>;
  findLive(sessionId: string, now: Date): Promise<Session | null>;
  /** Those of the sessions that are live, in any order. */
  findAllLive(sessionIds: readonly string[], now: Date, time?: RequestTime): Promise<readonly Session[]>;
  /** The user agents of the sessions, ended ones as well, that an account has opened at a network; not all of many. */
  listUserAgentsAt(userId: string, network: string): Promise<readonly (string | null)[]>;
  /** Those of the sessions, ended ones as well, that are the account's. */
  listOwned(userId: string, sessionIds: readonly string[]): Promise<readonly string[]>;
  /** Whether a session is live; holds its row until the transaction ends. */
  lockLive(sessionId: string, now: Date): Promise<boolean>;
  /** Ends one live session; false when there was none. */
  revoke(sessionId: string, reason: RevocationReason, at: Date): Promise<boolean>;
  /** Ends every live session of an account, except one; returns the ids of those ended. */
  revokeAll(userId: string, exceptId: string | null, reason: RevocationReason, at: Date): Promise<readonly string[]>;
  /** The ids of an account's sessions that have ended so lately that whoever did it may not have told everybody yet. */
  listLatelyRevoked(userId: string, now: Date): Promise<readonly string[]>;
  /** Whose session has ended so lately; null when it has not, or when there is none. */
  findOwnerOfLatelyRevoked(sessionId: string, now: Date): Promise<string | null>;
  /** The ids of the sessions ended since, for whoever spreads the news. */
  listRevokedSince(since: Date): Promise<readonly string[]>;
  /** Those of the sessions that exist and have not been revoked; they may have expired. */
  listUnrevoked(sessionIds: readonly string[]): Promise<readonly string[]>;
}

/** What a page of an account's sessions is asked by. */
export interface SessionPageQuery {
  readonly userId: string;
  readonly limit: number;
  /** Only sessions opened before this one. */
  readonly afterId: string | null;
}

/** Reads live sessions of any number of accounts at once. Without a time it is taken from the request that is run. */
export interface SessionPages {
  /** A page for each query, in their order; newest first. At most 500 queries. */
  list(queries: readonly SessionPageQuery[], now: Date, time?: RequestTime): Promise<readonly (readonly Session[])[]>;
  /** How many live sessions each account has; those without any are left out. */
  count(userIds: readonly string[], now: Date, time?: RequestTime): Promise<ReadonlyMap<string, number>>;
}

/** What is done to sessions when nobody waits for it. What a request holds at that moment is left for another time. */
export interface SessionMaintenance {
  /** Notes that sessions are in use, except those that were used after `unlessSince` already. */
  noteUse(sessionIds: readonly string[], at: Date, unlessSince: Date): Promise<void>;
  /** Returns how many were removed: at most `limit`. */
  removeTokensExpiredBefore(time: Date, limit: number): Promise<number>;
  /** Removes sessions that have run out of idle time, with their tokens. Returns how many: at most `limit`. */
  removeSessionsIdleBefore(time: Date, limit: number): Promise<number>;
}

/** The stores of one database, and of one transaction. */
export interface Stores {
  readonly accounts: AccountStore;
  readonly sessions: SessionStore;
}

/** All that is kept. */
export interface Storage extends Stores {
  readonly accountSearch: AccountSearch;
  readonly sessionPages: SessionPages;
  readonly sessionMaintenance: SessionMaintenance;
  /** Does all of `work` or nothing. `work` may be run again after a deadlock, so it must have no other effects. */
  atomically<T>(work: (stores: Stores) => Promise<T>): Promise<T>;
}

/**
 * Where a password waits to be hashed: that of somebody who proves to have had a session of the account stands in a line
 * apart from everybody else's. Nothing else may decide it, or waiting would tell who has an account.
 */
export type HashingLine = 'known' | 'anybody';

/** Hashes the passwords of one request; what they wait for their turns counts together. */
export interface PasswordsOfRequest {
  /** @throws PublicError RATE_LIMITED when too many are waiting in the line. */
  hash(password: string): Promise<string>;
  /** Takes the same time when there is no hash to compare with. @throws PublicError RATE_LIMITED. */
  verify(password: string, hash: string | null): Promise<boolean>;
}

/** Hashes passwords slowly. */
export interface PasswordHasher {
  forRequest(line: HashingLine): PasswordsOfRequest;
  /** Whether a hash was made with less effort than is asked for today. */
  needsRehash(hash: string): boolean;
}

/** How many passwords are in work, and how many wait for their turn. */
export interface HashingLoad {
  readonly running: number;
  readonly waiting: number;
}

/** Is told of the work of hashing. */
export interface HashingEvents {
  onHashed(seconds: number): void;
  onRefused(): void;
}

/** A hasher that can say how busy it is. */
export interface ObservedPasswordHasher extends PasswordHasher {
  load(): HashingLoad;
  /** Lets go of what the work needs; called when there is none any more. */
  close(): Promise<void>;
}

/** Signs access tokens. */
export interface AccessTokenIssuer {
  /** The token ends at the latest when its session would end without further use. */
  issue(grant: { readonly account: Account; readonly sessionId: string; readonly at: Date; readonly notAfter: Date }): {
    readonly accessToken: string;
    readonly expiresAt: Date;
  };
}

/** Tells every service that sessions have ended. */
export interface RevocationFeed {
  /**
   * When it resolves, nobody accepts an access token of these sessions any more: neither of those that the caller has
   * `ended`, nor of those `endedBefore`, whose news may be on its way.
   */
  publish(ended: readonly string[], endedBefore?: readonly string[]): Promise<void>;
}

/** Whether a password is among the most common ones. */
export type IsCommonPassword = (password: string) => boolean;

/** Whether a password is known from breaches; false as well when nobody can tell. Never rejects. */
export type IsBreachedPassword = (password: string) => Promise<boolean>;

/** Makes ids that are unique and sort by the time they were made. */
export interface NewId {
  user(): string;
  session(): string;
}
