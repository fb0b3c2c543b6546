import { createSeedingApp as createAuthSeeding } from '@identity/auth/seeding-app';
import { createSeedingApp as createUsersSeeding } from '@identity/users/seeding-app';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { seed } from '../scripts/seed-people.js';
import { bearer, sendGraphql } from './harness/graphql.js';
import { logInAgain, registerAdmin, registerSomebody, type Person } from './harness/people.js';
import { explanationOf, fullScansIn, type PlanRow } from './harness/plan-reading.js';
import { passSinceRefreshes } from './harness/reuse-grace.js';
import { startStack, type TestStack } from './harness/stack.js';
import type { Statement } from './harness/statements.js';

const SEEDED = 3_000;
/** How many rows a statement may read that finds what it looks for by no index. */
const MAX_SCANNED = 1_000;
/** How many accounts there are can only be learned by counting them; clients pay for it by asking for totalCount. */
const COUNTS_EVERYTHING = /^SELECT COUNT\(\*\) AS total FROM \(SELECT id FROM `?accounts`? WHERE TRUE\) AS list0;?$/;

describe('how the databases find what an operation needs', () => {
  let stack: TestStack;
  let ada: Person;
  let admin: Person;

  beforeAll(async () => {
    stack = await startStack();
    const { auth: authUrl, users: usersUrl } = stack.databaseUrls;
    const auth = await createAuthSeeding({ databaseUrl: authUrl, passwordPepper: 'of no account', bcryptCost: 4 });
    const users = await createUsersSeeding(usersUrl);
    await seed({ auth, users, total: SEEDED, password: 'a quiet harbour', now: stack.clock.now() });
    await Promise.all([auth.close(), users.close()]);
    ada = await registerSomebody(stack.client);
    admin = await registerAdmin(stack);
    await learnDistributions();
  });

  afterAll(async () => {
    await stack.close();
  });

  /** Without figures about their data, databases choose as for empty tables. */
  async function learnDistributions(): Promise<void> {
    for (const table of ['accounts', 'account_roles', 'sessions', 'refresh_tokens'])
      await stack.sql('auth', stack.redis === null ? `ANALYZE ${table}` : `ANALYZE TABLE ${table}`);
    await stack.sql('users', stack.redis === null ? 'ANALYZE profiles' : 'ANALYZE TABLE profiles');
  }

  async function ask({ accessToken }: Person, query: string, variables: Readonly<Record<string, unknown>> = {}) {
    const { data, errors } = await sendGraphql(stack.services.gateway.url, {
      query,
      variables,
      headers: bearer(accessToken),
    });
    expect(errors).toEqual([]);
    return data;
  }

  async function everyOperation(): Promise<void> {
    await ask(
      ada,
      '{ me { username email profile { bio } sessions { totalCount nodes { id } } } validateToken { active } }',
    );
    await ask(ada, 'query ($id: ID!) { node(id: $id) { id } user(id: $id) { username } }', { id: ada.id });
    await ask(ada, 'query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on User { username profile { bio } } } }', {
      ids: [ada.id, admin.id, 'user_unknown'],
    });
    const page =
      '{ totalCount edges { cursor } nodes { username profile { bio } } pageInfo { hasNextPage hasPreviousPage } }';
    const users = `query ($first: Int, $last: Int, $filter: UserFilter) { users(first: $first, last: $last, filter: $filter) ${page} }`;
    for (const filter of [
      {},
      { role: 'ADMIN' },
      { status: 'ACTIVE' },
      { query: 'seeded-0000012' },
      { query: 'person' },
      { query: 'seeded', role: 'ADMIN', status: 'ACTIVE' },
    ]) {
      await ask(admin, users, { first: 20, filter });
      await ask(admin, users, { last: 20, filter });
    }
    await ask(ada, 'mutation ($bio: String) { updateProfile(input: { bio: $bio }) { userErrors { code } } }', {
      bio: 'x',
    });
    await ask(ada, 'mutation { updatePreferences(input: { theme: DARK }) { userErrors { code } } }');
    const newcomer = await registerSomebody(stack.client);
    const again = await logInAgain(stack.client, newcomer);
    await stack.client.refreshSession({ input: { refreshToken: newcomer.refreshToken } });
    await replay(await registerSomebody(stack.client));
    const roles =
      'mutation ($id: ID!, $roles: [Role!]!) { setUserRoles(input: { userId: $id, roles: $roles }) { userErrors { code } } }';
    await ask(admin, roles, { id: newcomer.id, roles: ['USER', 'ADMIN'] });
    await ask(admin, roles, { id: newcomer.id, roles: ['USER'] });
    await ask(
      admin,
      'mutation ($id: ID!) { suspendUser(input: { userId: $id, reason: "test" }) { userErrors { code } } }',
      { id: newcomer.id },
    );
    await ask(admin, 'mutation ($id: ID!) { reinstateUser(input: { userId: $id }) { userErrors { code } } }', {
      id: newcomer.id,
    });
    const back = await logInAgain(stack.client, again);
    const other = await logInAgain(stack.client, again);
    const { data } = await other.client.validateToken();
    await back.client.revokeSession({ input: { sessionId: data?.validateToken.sessionId ?? '' } });
    const newPassword = 'another quiet harbour';
    await back.client.changePassword({ input: { currentPassword: back.password, newPassword } });
    const last = await logInAgain(stack.client, { ...back, password: newPassword });
    await last.client.logout({ input: { allSessions: true } });
  }

  /** Sends a refresh token again when that is no retry any more, which ends the session. */
  async function replay({ refreshToken }: Person): Promise<void> {
    const refresh = async () => (await stack.client.refreshSession({ input: { refreshToken } })).data?.refreshSession;
    await refresh();
    await passSinceRefreshes(stack, 11_000);
    expect((await refresh())?.userErrors).toMatchObject([{ code: 'TOKEN_REUSED' }]);
  }

  async function scansOf({ subgraph, sql }: Statement): Promise<readonly string[]> {
    // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- rows of EXPLAIN, whose columns are read as text
    const plan = (await stack.sql(subgraph, explanationOf(sql))) as readonly PlanRow[];
    return fullScansIn(sql, plan, MAX_SCANNED);
  }

  it('is never by reading a whole table', async () => {
    const statements = await stack.statements.during(async () => {
      await stack.restart();
      await everyOperation();
    });
    const explained = new Map(
      statements
        .filter(
          ({ sql }) => /^(SELECT|UPDATE|DELETE)\b/.test(sql) && !COUNTS_EVERYTHING.test(sql) && sql !== 'SELECT 1',
        )
        .map((statement) => [statement.sql.replace(/'[^']*'|\d+/g, ''), statement]),
    );
    expect(explained.size).toBeGreaterThan(20);
    const scans = [];
    for (const statement of explained.values())
      for (const scan of await scansOf(statement)) scans.push(`${scan}: ${statement.sql}`);
    expect(scans).toEqual([]);
  });

  it('would be noticed otherwise', async () => {
    const statement = { subgraph: 'auth', sql: "SELECT id FROM accounts WHERE email = 'nobody@example.com'" } as const;
    expect(await scansOf(statement)).toHaveLength(1);
  });
});
