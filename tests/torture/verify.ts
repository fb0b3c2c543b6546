import type { Client } from '@identity/client/client';
import { connectDatabase } from '@identity/database/connect';
import { insist } from './attempts.js';
import type { KnownAccount, Ledger } from './ledger.js';
import type { Operations } from './operations.js';

/** What to compare the ledger with. */
export interface Verification {
  readonly ledger: Ledger;
  readonly operations: Operations;
  readonly client: Client;
  readonly databaseUrls: { readonly auth: string; readonly users: string };
}

const AT_ONCE = 8;

/**
 * Everything that was confirmed is there, and nobody is stuck: each account logs in, reads what was written last,
 * writes, logs out; each session goes on from its last token, unless it has ended. Contradictions go to the ledger.
 */
export async function verifyAccounts(verification: Verification): Promise<void> {
  const waiting = [...verification.ledger.accounts];
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let account = waiting.pop(); account !== undefined; account = waiting.pop())
        await verifyAccount(account, verification);
    }),
  );
}

async function verifyAccount(account: KnownAccount, { ledger, operations, client }: Verification): Promise<void> {
  const earlier = [...account.sessions];
  const session = await operations.login(account);
  if (session === null) return;
  const read = await insist(ledger, {
    name: 'me',
    ask: () => client.withAccessToken(session.accessToken).me(),
    pick: (data) => data.me?.profile,
  });
  if (read.kind !== 'answered' || !mayBe(account, read.payload))
    ledger.violations.push(`${account.username}: ${JSON.stringify({ read, expected: account })}`);
  await operations.update(account, session);
  for (const known of earlier) await operations[known.isLive ? 'refresh' : 'useEnded'](account, known);
  await operations.logout(account, session);
}

/** A profile is the one that was confirmed last, or one of those that were written since without an answer. */
function mayBe(
  { bio, version, unansweredBios }: KnownAccount,
  found: { readonly bio: string; readonly version: number },
): boolean {
  if (found.bio === bio) return found.version === version;
  const isUnanswered = unansweredBios.includes(found.bio);
  return isUnanswered && found.version > version && found.version <= version + unansweredBios.length;
}

/** The rows that there have to be at least and at most, when {@link verifyAccounts} has passed. */
export async function verifyCounts({ ledger, databaseUrls }: Verification): Promise<Readonly<Record<string, number>>> {
  const [auth, users] = [await countsOf(databaseUrls.auth, IN_AUTH), await countsOf(databaseUrls.users, IN_USERS)];
  const { accounts, unknownSessions, refreshes, endedByGrace } = ledger;
  const sessions = accounts.flatMap((account) => account.sessions);
  const live = sessions.filter(({ isLive }) => isLive).length;
  const versions = accounts.reduce((sum, { version }) => sum + version, 0);
  const counts = { ...auth, ...users };
  const bounds: Readonly<Record<string, readonly [number, number]>> = {
    accounts: [accounts.length, accounts.length],
    emails: [accounts.length, accounts.length],
    accountsWithOneRole: [accounts.length, accounts.length],
    sessions: [sessions.length, sessions.length + unknownSessions],
    liveSessions: [live, live + unknownSessions],
    sessionsWithOneOpenToken: [counts['sessions'] ?? 0, counts['sessions'] ?? 0],
    rotatedTokens: [refreshes, refreshes + endedByGrace],
    profiles: [accounts.length, accounts.length],
    versions: [versions, versions],
  };
  for (const [name, [least, most]] of Object.entries(bounds)) {
    const count = counts[name] ?? Number.NaN;
    if (!(count >= least && count <= most)) ledger.violations.push(`${name}: ${count}, not ${least} to ${most}`);
  }
  return counts;
}

const IN_AUTH = {
  accounts: 'SELECT COUNT(*) AS n FROM accounts',
  emails: 'SELECT COUNT(DISTINCT email_key) AS n FROM accounts',
  accountsWithOneRole:
    'SELECT COUNT(*) AS n FROM accounts WHERE (SELECT COUNT(*) FROM account_roles WHERE account_id = accounts.id) = 1',
  sessions: 'SELECT COUNT(*) AS n FROM sessions',
  liveSessions: 'SELECT COUNT(*) AS n FROM sessions WHERE revoked_at IS NULL',
  sessionsWithOneOpenToken: `SELECT COUNT(*) AS n FROM sessions WHERE 1 =
    (SELECT COUNT(*) FROM refresh_tokens WHERE session_id = sessions.id AND rotated_at IS NULL)`,
  rotatedTokens: 'SELECT COUNT(*) AS n FROM refresh_tokens WHERE rotated_at IS NOT NULL',
};

const IN_USERS = {
  profiles: 'SELECT COUNT(*) AS n FROM profiles',
  versions: 'SELECT SUM(version) AS n FROM profiles',
};

async function countsOf(url: string, questions: Readonly<Record<string, string>>): Promise<Record<string, number>> {
  const database = await connectDatabase({ url });
  const counts: Record<string, number> = {};
  try {
    for (const [name, sql] of Object.entries(questions)) {
      const [rows] = await database.sequelize.query(sql);
      counts[name] = Number(Reflect.get(Object(rows[0]), 'n'));
    }
  } finally {
    await database.close();
  }
  return counts;
}
