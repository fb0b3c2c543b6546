import { createPatientRevocationFeed } from '@identity/auth/adapters/patient-revocation-feed';
import { createStorage } from '@identity/auth/adapters/storage';
import { createAdministerAccount } from '@identity/auth/domain/administer-account';
import { createGetAccounts } from '@identity/auth/domain/get-accounts';
import { createManageAdmins } from '@identity/auth/domain/manage-admins';
import { createSetUserRoles } from '@identity/auth/domain/set-user-roles';
import type { AccountCriteria, Storage } from '@identity/auth/domain/ports';
import { migrations } from '@identity/auth/migrations/all';
import { connectDatabase, type Database } from '@identity/database/connect';
import { migrate } from '@identity/database/migrate';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { QueryTypes } from 'sequelize';
import { createTestDatabase, type TestDatabase } from '../../../tests/harness/test-database.js';

jest.setTimeout(120_000);

const ACCOUNTS = 30_000;
const ADMINS = 5;
const SUSPENDED = 12;
/** Accounts whose username begins with `rare`; those of all others begin with `common`. */
const RARE = 8;
const NOW = new Date('2026-06-01T00:00:00Z');
const DAY = 86_400_000;

const EVERYBODY: AccountCriteria = { prefix: null, status: null, role: null };
const FIRST_PAGE = { afterId: null, beforeId: null, fromEnd: false, limit: 21 };

let testDatabase: TestDatabase;
let database: Database;
let storage: Storage;
let statements: string[] = [];

beforeAll(async () => {
  testDatabase = await createTestDatabase('plans');
  // One connection, whose counters then know of every statement. Sequelize's hooks are not told of prepared reads.
  database = await connectDatabase({
    url: testDatabase.url,
    poolSize: 1,
    onStatement: (sql) => statements.push(sql),
  });
  await migrate({ database, migrations });
  await fill();
  // Listeners are told of what runs in the background, too.
  const prepareRead = <Row extends object>(sql: string) => database.prepareRead<Row>(sql);
  storage = createStorage({ ...database, prepareRead });
  database.sequelize.addHook('afterQuery', 'note', (_options, query) => {
    const sql: unknown = Reflect.get(query, 'sql');
    if (typeof sql === 'string') statements.push(sql);
  });
});

afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

const idOf = (kind: 'user' | 'session', index: number) => `${kind}_${String(index).padStart(26, '0')}`;
const text = (at: number) => new Date(at).toISOString().replace('T', ' ').slice(0, -1);

/** Inserts rows by the thousand: past the stores, which insert one by one. */
async function insert(table: string, columns: string, count: number, row: (index: number) => readonly unknown[]) {
  for (let start = 0; start < count; start += 1_000) {
    const rows = Array.from({ length: Math.min(1_000, count - start) }, (_unused, offset) => row(start + offset));
    await database.sequelize.query(
      `INSERT INTO ${table} (${columns}) VALUES ?`.replace('?', rows.map(() => '(?)').join()),
      {
        replacements: rows.map((values) => [...values]),
        type: QueryTypes.RAW,
      },
    );
  }
}

async function fill(): Promise<void> {
  const names = (index: number) =>
    index % (ACCOUNTS / RARE) === 0 ? `rare${String(index)}` : `common${String(index)}`;
  await insert(
    'accounts',
    'id, username, username_key, email, email_key, password_hash, status, created_at',
    ACCOUNTS,
    (index) => {
      const [username, email] = [names(index), `mail${String(index)}@example.com`];
      const status = index % (ACCOUNTS / SUSPENDED) === 1 ? 'SUSPENDED' : 'ACTIVE';
      return [
        idOf('user', index),
        username,
        Buffer.from(username),
        email,
        Buffer.from(email),
        'hash',
        status,
        text(NOW.getTime()),
      ];
    },
  );
  await insert('account_roles', 'account_id, role', ACCOUNTS, (index) => [idOf('user', index), 'USER']);
  await insert('account_roles', 'account_id, role', ADMINS, (index) => [
    idOf('user', (index * ACCOUNTS) / ADMINS),
    'ADMIN',
  ]);
  // Two sessions for each of the first ten thousand; every hundredth has long been over.
  const sessions = 20_000;
  await insert(
    'sessions',
    'id, account_id, created_at, last_used_at, expires_at, idle_expires_at',
    sessions,
    (index) => {
      const end = NOW.getTime() + (index % 100 === 0 ? -60 : 10) * DAY;
      return [
        idOf('session', index),
        idOf('user', Math.floor(index / 2)),
        ...[NOW.getTime(), NOW.getTime(), end, end].map(text),
      ];
    },
  );
  await insert('refresh_tokens', 'digest, session_id, created_at, expires_at', sessions, (index) => {
    const end = NOW.getTime() + (index % 100 === 0 ? -60 : 10) * DAY;
    return [Buffer.from(String(index).padStart(32, '0')), idOf('session', index), text(NOW.getTime()), text(end)];
  });
  if (database.dialect === 'mysql')
    await database.sequelize.query('ANALYZE TABLE accounts, account_roles, sessions, refresh_tokens');
}

async function select(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  return database.sequelize.query<Record<string, unknown>>(sql, { type: QueryTypes.SELECT, logging: false });
}

/** How many rows the server has read so far for the connection. SQLite does not count. */
async function rowsRead(): Promise<number> {
  if (database.dialect === 'sqlite') return 0;
  const counters = await select(`SHOW SESSION STATUS LIKE 'Handler_read%'`);
  return counters.reduce((sum, { Value }) => sum + Number(Value), 0);
}

/** What a plan would do without an index. Of values that are bound, any will do. */
async function scansOf(statement: string): Promise<readonly string[]> {
  const sql = statement.replace(/\$\d+|\?/g, "'?'");
  if (database.dialect === 'sqlite') {
    const steps = (await select(`EXPLAIN QUERY PLAN ${sql}`)).map(({ detail }) => String(detail));
    return steps.filter(
      (step) => /^SCAN (?!list|page|CONSTANT|\()/.test(step) && !/USING (?:COVERING )?INDEX/.test(step),
    );
  }
  const steps = await select(`EXPLAIN ${sql}`);
  // A name in angle brackets is a result of another step.
  return steps
    .filter(({ table, key }) => typeof table === 'string' && !table.startsWith('<') && key === null)
    .map((step) => JSON.stringify(step));
}

/** Does the work and looks at how: every statement of it uses an index, and MySQL reads no more rows than that. */
async function expectIndexed(maxRows: number, work: () => Promise<unknown>): Promise<void> {
  statements = [];
  const before = await rowsRead();
  await work();
  const read = (await rowsRead()) - before;
  const explained = [...new Set(statements)].filter((sql) => /^(?:SELECT|UPDATE|DELETE)\b/.test(sql));
  expect(explained.length).toBeGreaterThan(0);
  for (const sql of explained) expect({ sql, scans: await scansOf(sql) }).toEqual({ sql, scans: [] });
  expect(read).toBeLessThanOrEqual(maxRows);
}

const prefix = (name: string) => ({ ...EVERYBODY, prefix: { usernameKey: name, emailKey: name } });

describe(`finding among ${String(ACCOUNTS)} accounts`, () => {
  it.each<[string, AccountCriteria, number]>([
    ['everybody', EVERYBODY, 60],
    ['a rare beginning of a name', prefix('rare'), 60],
    ['a beginning of an address', prefix('mail1234'), 100],
    ['a name in full', prefix('common4321'), 40],
    ['a name that nobody has', prefix('nobody'), 20],
    ['administrators', { ...EVERYBODY, role: 'ADMIN' }, 30],
    ['suspended accounts', { ...EVERYBODY, status: 'SUSPENDED' }, 60],
    ['active accounts', { ...EVERYBODY, status: 'ACTIVE' }, 60],
    ['nobody that is about to be deleted', { ...EVERYBODY, status: 'PENDING_DELETION' }, 10],
    ['active administrators', { ...EVERYBODY, role: 'ADMIN', status: 'ACTIVE' }, 40],
    ['suspended ones with a rare name', { ...prefix('rare'), status: 'SUSPENDED' }, 100],
    ['administrators with a rare name', { ...prefix('rare'), role: 'ADMIN' }, 100],
    ['administrators with a common name', { ...prefix('common'), role: 'ADMIN' }, 60],
    ['active administrators with a common name', { ...prefix('common'), role: 'ADMIN', status: 'ACTIVE' }, 60],
    ['users with a rare name', { ...prefix('rare'), role: 'USER' }, 100],
    // What matches has to be put in order: docs/decisions/0022.
    ['a common beginning of a name', prefix('common'), 3 * ACCOUNTS + 100],
  ])('%s', async (_what, criteria, maxRows) => {
    const middle = { ...FIRST_PAGE, afterId: idOf('user', ACCOUNTS / 2) };
    const { accountSearch } = storage;
    await expectIndexed(maxRows, () => accountSearch.findIds(criteria, FIRST_PAGE));
    await expectIndexed(maxRows, () => accountSearch.findIds(criteria, middle));
    await expectIndexed(maxRows, () => accountSearch.findIds(criteria, { ...FIRST_PAGE, fromEnd: true }));
    await expectIndexed(maxRows, () => accountSearch.existsUpTo(criteria, idOf('user', ACCOUNTS / 2)));
    await expectIndexed(maxRows, () => accountSearch.existsFrom(criteria, idOf('user', ACCOUNTS / 2)));
    // What matches is counted one by one.
    await expectIndexed(2 * ACCOUNTS + maxRows, () => accountSearch.count(criteria));
  });

  it('all that a page shows', async () => {
    const ids = Array.from({ length: 100 }, (_unused, index) => idOf('user', 7_000 + index));
    await expectIndexed(500, () => storage.accounts.findByIds(ids));
  });

  it('whom the command of operators lists, appoints and dismisses', async () => {
    const clock = () => NOW;
    const revocations = createPatientRevocationFeed();
    const admins = createManageAdmins({
      accounts: storage.accounts,
      search: storage.accountSearch,
      getAccounts: createGetAccounts(storage.accounts),
      setUserRoles: createSetUserRoles(createAdministerAccount({ storage, revocations, clock }), clock),
    });
    await expectIndexed(100, async () => expect(await admins.list()).toHaveLength(ADMINS));
    await expectIndexed(200, async () =>
      expect(await admins.grant('mail5077@example.com')).toMatchObject({ ok: true }),
    );
    await expectIndexed(200, async () =>
      expect(await admins.revoke('mail5077@example.com')).toMatchObject({ ok: true }),
    );
  });

  it('the administrators, to lock them', async () => {
    await expectIndexed(50, () => storage.atomically(({ accounts }) => accounts.lockActiveAdmins()));
  });
});

describe('sessions among tens of thousands', () => {
  const userIds = Array.from({ length: 100 }, (_unused, index) => idOf('user', index * 100));

  it('are listed and counted for many accounts', async () => {
    const queries = userIds.map((userId) => ({ userId, limit: 21, afterId: null }));
    await expectIndexed(1_200, () => storage.sessionPages.list(queries, NOW));
    await expectIndexed(1_200, () => storage.sessionPages.count(userIds, NOW));
    const after = queries.map((query) => ({ ...query, afterId: idOf('session', 10_000) }));
    await expectIndexed(1_200, () => storage.sessionPages.list(after, NOW));
  });

  it('are noted as used', async () => {
    const sessionIds = Array.from({ length: 500 }, (_unused, index) => idOf('session', index * 3));
    const later = new Date(NOW.getTime() + DAY);
    await expectIndexed(5_000, () => storage.sessionMaintenance.noteUse(sessionIds, later, NOW));
    await expectIndexed(1_200, () => storage.sessionMaintenance.noteUse(sessionIds, later, NOW));
  });

  it('are found by when they were ended, which is asked several times a second', async () => {
    const sessionIds = Array.from({ length: 20 }, (_unused, index) => idOf('session', 50 + index * 7));
    const { sessions } = storage;
    const at = new Date(NOW.getTime() + 1_000);
    await expectIndexed(2_000, async () => {
      for (const id of sessionIds) await sessions.revoke(id, 'LOGOUT', at);
    });
    const found: (readonly string[])[] = [];
    await expectIndexed(60, async () => found.push(await sessions.listRevokedSince(at)));
    await expectIndexed(60, async () => found.push(await sessions.listRevokedSince(new Date(at.getTime() + 1))));
    expect(found.map((ids) => [...ids].sort())).toEqual([sessionIds, []]);
  });

  it('are removed when they are over', async () => {
    const { removeTokensExpiredBefore, removeSessionsIdleBefore } = storage.sessionMaintenance;
    const before = new Date(NOW.getTime() - 30 * DAY);
    const removed: number[] = [];
    await expectIndexed(1_000, async () => removed.push(await removeTokensExpiredBefore(before, 150)));
    await expectIndexed(1_000, async () => removed.push(await removeTokensExpiredBefore(before, 150)));
    await expectIndexed(1_000, async () => removed.push(await removeSessionsIdleBefore(before, 150)));
    await expectIndexed(1_000, async () => removed.push(await removeSessionsIdleBefore(before, 150)));
    expect(removed).toEqual([150, 50, 150, 50]);
  });
});
