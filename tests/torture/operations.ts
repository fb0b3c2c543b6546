import type { Client } from '@identity/client/client';
import { attempt, insist } from './attempts.js';
import type { KnownAccount, KnownSession, Ledger } from './ledger.js';

/** What clients do with accounts of their own. Each notes in the ledger what was confirmed, and what it contradicts. */
export interface Operations {
  /** Registers somebody new, and asks again until there is an answer. */
  register(): Promise<KnownAccount | null>;
  login(account: KnownAccount): Promise<KnownSession | null>;
  /** Writes a new profile, once. */
  update(account: KnownAccount, session: KnownSession): Promise<void>;
  /** Exchanges the session's tokens, and repeats itself until there is an answer. */
  refresh(account: KnownAccount, session: KnownSession): Promise<void>;
  /** Ends the session, and asks again until there is an answer. */
  logout(account: KnownAccount, session: KnownSession): Promise<void>;
  /** Uses a session that has ended. */
  useEnded(account: KnownAccount, session: KnownSession): Promise<void>;
}

/** As documented: a refresh may be repeated for so long. */
const GRACE_MS = 10_000;

/** Creates the operations; names of people begin with the prefix. */
export function createOperations(client: Client, ledger: Ledger, prefix: string): Operations {
  let people = 0;
  let writes = 0;

  function contradiction(account: KnownAccount, what: string): void {
    ledger.violations.push(`${account.username}: ${what}`);
  }

  async function register(): Promise<KnownAccount | null> {
    people += 1;
    const username = `${prefix}-${people}`;
    const [email, password] = [`${username}@example.com`, `quiet harbour ${people} lantern`];
    const account: KnownAccount = { username, email, password, bio: '', version: 0, unansweredBios: [], sessions: [] };
    let repeats = 0;
    const result = await insist(
      ledger,
      {
        name: 'register',
        ask: () => client.register({ input: { username, email, password } }),
        pick: (data) => data.register,
      },
      () => {
        repeats += 1;
      },
    );
    const { tokens = null, userErrors = [] } = result.kind === 'answered' ? result.payload : {};
    const isTaken = userErrors.some(({ code }) => code === 'EMAIL_TAKEN' || code === 'USERNAME_TAKEN');
    if (tokens === null && !(isTaken && repeats > 0)) {
      contradiction(account, `could not register: ${JSON.stringify(result)}`);
      return null;
    }
    if (tokens === null) ledger.unknownSessions += 1;
    else account.sessions.push({ ...tokens, isLive: true });
    ledger.accounts.push(account);
    return account;
  }

  async function login(account: KnownAccount): Promise<KnownSession | null> {
    const input = { identifier: account.email, password: account.password };
    const result = await insist(
      ledger,
      { name: 'login', ask: () => client.login({ input }), pick: (data) => data.login },
      () => {
        ledger.unknownSessions += 1;
      },
    );
    const tokens = result.kind === 'answered' ? result.payload.tokens : null;
    if (tokens == null) {
      contradiction(account, `could not log in: ${JSON.stringify(result)}`);
      return null;
    }
    const session = { ...tokens, isLive: true };
    account.sessions.push(session);
    return session;
  }

  async function update(account: KnownAccount, session: KnownSession): Promise<void> {
    writes += 1;
    const bio = `${account.username} ${writes}`;
    const result = await attempt(ledger, {
      name: 'updateProfile',
      ask: () => client.withAccessToken(session.accessToken).updateProfile({ input: { bio } }),
      pick: (data) => data.updateProfile,
    });
    if (result.kind === 'unknown') {
      account.unansweredBios.push(bio);
    } else if (result.kind === 'refused') {
      // A long test outlives its tokens.
      if (result.reason !== 'UNAUTHENTICATED TOKEN_EXPIRED') contradiction(account, `no update: ${result.reason}`);
    } else {
      noteProfile(account, bio, result.payload);
    }
  }

  function noteProfile(
    account: KnownAccount,
    bio: string,
    { user }: { readonly user?: { readonly profile?: { bio: string; version: number } | null } | null },
  ): void {
    const [lowest, highest] = [account.version + 1, account.version + account.unansweredBios.length + 1];
    const version = user?.profile?.version ?? Number.NaN;
    if (user?.profile?.bio !== bio || !(version >= lowest && version <= highest))
      contradiction(account, `version ${lowest} to ${highest} was due, not ${JSON.stringify(user?.profile)}`);
    Object.assign(account, { bio, version });
    account.unansweredBios.length = 0;
  }

  async function refresh(account: KnownAccount, session: KnownSession): Promise<void> {
    const begun = performance.now();
    const { refreshToken } = session;
    const result = await insist(ledger, {
      name: 'refreshSession',
      ask: () => client.refreshSession({ input: { refreshToken } }),
      pick: (data) => data.refreshSession,
    });
    const tokens = result.kind === 'answered' ? result.payload.tokens : null;
    if (tokens != null) {
      ledger.refreshes += 1;
      Object.assign(session, { accessToken: tokens.accessToken, refreshToken: tokens.refreshToken });
      return;
    }
    session.isLive = false;
    if (performance.now() - begun > GRACE_MS) ledger.endedByGrace += 1;
    else contradiction(account, `could not refresh: ${JSON.stringify(result)}`);
  }

  async function logout(account: KnownAccount, session: KnownSession): Promise<void> {
    const result = await insist(ledger, {
      name: 'logout',
      ask: () => client.withAccessToken(session.accessToken).logout(),
      pick: (data) => data.logout,
    });
    // The answer to an earlier attempt may have been lost.
    const isOver = result.kind === 'answered' || result.reason === 'UNAUTHENTICATED TOKEN_REVOKED';
    if (isOver) session.isLive = false;
    else if (result.reason !== 'UNAUTHENTICATED TOKEN_EXPIRED')
      contradiction(account, `could not log out: ${result.reason}`);
  }

  async function useEnded(account: KnownAccount, { accessToken, refreshToken }: KnownSession): Promise<void> {
    const caller = client.withAccessToken(accessToken);
    const [me, update, refreshed] = await Promise.all([
      attempt(ledger, { name: 'me', ask: () => caller.me(), pick: (data) => data.me }),
      attempt(ledger, {
        name: 'updateProfile',
        ask: () => caller.updateProfile({ input: {} }),
        pick: (data) => data.updateProfile,
      }),
      attempt(ledger, {
        name: 'refreshSession',
        ask: () => client.refreshSession({ input: { refreshToken } }),
        pick: (data) => data.refreshSession.tokens,
      }),
    ]);
    const accepted = { me, update, refreshed };
    for (const [use, result] of Object.entries(accepted)) {
      if (result.kind === 'answered') contradiction(account, `an ended session was accepted by ${use}`);
    }
  }

  return { register, login, update, refresh, logout, useEnded };
}
