import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import mysql from 'mysql2/promise';
import { canaries, holdsCanary, natural, type Canary } from './harness/canaries.js';
import { eventually } from './harness/eventually.js';
import { bearer, sendGraphql } from './harness/graphql.js';
import { registerSomebody, type Person } from './harness/people.js';
import { stackName } from './harness/stack-name.js';
import { startStack, type TestStack } from './harness/stack.js';

const ON_MARIADB = stackName() === 'distributed';

let stack: TestStack;
let ada: Person;
let secrets: readonly string[];

beforeAll(async () => {
  stack = await startStack();
  ada = await registerSomebody(stack.client);
  secrets = await stack.secrets();
});

afterAll(async () => {
  await stack.close();
});

const LOGIN = 'mutation ($input: LoginInput!) { login(input: $input) { user { id } userErrors { message } } }';

/** Operations that carry a canary down to the databases, in values that they store or look for. */
function operationsWith(
  canary: Canary,
): readonly { readonly query: string; readonly variables?: Readonly<Record<string, unknown>> }[] {
  const text = natural(canary);
  const mine = { identifier: ada.username, password: ada.password };
  return [
    { query: LOGIN, variables: { input: { ...mine, deviceName: text } } },
    { query: LOGIN, variables: { input: { identifier: text, password: text, deviceName: text } } },
    {
      query: `mutation { register(input: { username: "${canary.value.slice(0, 30)}", email: "${canary.value}@example.com",
        password: "${text} and more", deviceName: "${text}" }) { user { id } userErrors { message } } }`,
    },
    { query: `mutation { refreshSession(input: { refreshToken: "${text}" }) { userErrors { message } } }` },
    { query: `{ userByUsername(username: "${text}") { id } validateToken(token: "${text}") { active } }` },
    {
      query: 'mutation ($input: UpdateProfileInput!) { updateProfile(input: $input) { userErrors { message } } }',
      variables: { input: { bio: text, displayName: text, avatarUrl: `https://example.com/${text}` } },
    },
    {
      query: `mutation ${canary.value} { ${canary.value}: updatePreferences(input: { custom: { ${canary.value}: "${text}" } })
        { userErrors { message } } }`,
    },
  ];
}

/**
 * Sends all of them, at once for each canary and twice over.
 *
 * @returns the codes of the answers' errors
 */
async function sendAll(): Promise<ReadonlySet<unknown>> {
  const codes = new Set<unknown>();
  for (const canary of [...canaries, ...canaries]) {
    const answers = await Promise.all(
      operationsWith(canary).map((operation) =>
        sendGraphql(stack.services.gateway.url, {
          ...operation,
          // A login ends the session that it is made in.
          headers: { ...(operation.query === LOGIN ? {} : bearer(ada.accessToken)), 'user-agent': natural(canary) },
        }),
      ),
    );
    for (const { errors, text } of answers) {
      expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
      // The path of an error is made of aliases.
      expect(errors.filter(({ message, extensions }) => holdsCanary(JSON.stringify([message, extensions])))).toEqual(
        [],
      );
      for (const { extensions } of errors) codes.add(extensions['code']);
    }
  }
  return codes;
}

/** The lines since a moment, none of which may hold a canary or what the services have been given. */
function loggedSince(count: number): string {
  const lines = stack.logs.slice(count);
  expect(lines.filter(holdsCanary)).toEqual([]);
  expect(lines.filter((line) => secrets.some((secret) => line.includes(secret)))).toEqual([]);
  return lines.join('');
}

/** What is done to a database, what undoes it, and how the driver calls the failure. */
interface Sabotage {
  readonly subgraph: 'auth' | 'users';
  readonly statement: string;
  readonly repair: string;
  readonly code: string;
}

const SABOTAGE: Readonly<Record<string, Sabotage>> = {
  'a unique index that the code does not know': {
    subgraph: 'auth',
    statement: 'CREATE UNIQUE INDEX sabotage ON sessions (device_name)',
    repair: ON_MARIADB ? 'DROP INDEX sabotage ON sessions' : 'DROP INDEX sabotage',
    code: ON_MARIADB ? 'ER_DUP_ENTRY' : 'SQLITE_CONSTRAINT_UNIQUE',
  },
  'a trigger that refuses and quotes': {
    subgraph: 'auth',
    statement: ON_MARIADB
      ? `CREATE TRIGGER sabotage BEFORE INSERT ON sessions FOR EACH ROW BEGIN DECLARE quoted VARCHAR(128);
         SET quoted = NEW.device_name; SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = quoted; END`
      : `CREATE TRIGGER sabotage BEFORE INSERT ON sessions BEGIN SELECT RAISE(ABORT, 'refused'); END`,
    repair: 'DROP TRIGGER sabotage',
    code: ON_MARIADB ? 'ER_SIGNAL_EXCEPTION' : 'SQLITE_CONSTRAINT_TRIGGER',
  },
  'a table that is gone': {
    subgraph: 'users',
    statement: 'ALTER TABLE profiles RENAME TO profiles_away',
    repair: 'ALTER TABLE profiles_away RENAME TO profiles',
    code: ON_MARIADB ? 'ER_NO_SUCH_TABLE' : 'SQLITE_ERROR',
  },
  'a column that is gone': {
    subgraph: 'auth',
    statement: 'ALTER TABLE accounts RENAME COLUMN username_key TO username_key_away',
    repair: 'ALTER TABLE accounts RENAME COLUMN username_key_away TO username_key',
    code: ON_MARIADB ? 'ER_BAD_FIELD_ERROR' : 'SQLITE_ERROR',
  },
};

describe('a failure that knows what somebody has typed does not tell it, nor log it', () => {
  it.each(Object.entries(SABOTAGE))('%s', async (_what, { subgraph, statement, repair, code }) => {
    const before = stack.logs.length;
    await stack.sql(subgraph, statement);
    const codes = await sendAll();
    await stack.sql(subgraph, repair);
    expect(codes).toContain('INTERNAL_SERVER_ERROR');
    expect(loggedSince(before)).toMatch(new RegExp(`"code":"(ERR_)?${code}"`));
  });

  it('two people who register the same at the same time', async () => {
    const before = stack.logs.length;
    const [canary] = canaries;
    const query = `mutation { register(input: { username: "${canary?.value.toLowerCase().slice(0, 30) ?? ''}",
      email: "race-${canary?.value ?? ''}@example.com", password: "a quiet harbour" }) { userErrors { code message } } }`;
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => sendGraphql(stack.services.gateway.url, { query })),
    );
    expect(answers.flatMap(({ errors }) => errors)).toEqual([]);
    expect(answers.filter(({ text }) => holdsCanary(text))).toEqual([]);
    loggedSince(before);
  });
});

if (ON_MARIADB) {
  describe('a server that goes away in the middle', () => {
    it('the connections to MariaDB, while statements wait for a lock', async () => {
      const before = stack.logs.length;
      const [name = ''] = /auth_\w+/.exec(JSON.stringify(await stack.sql('auth', 'SELECT DATABASE() AS name'))) ?? [];
      const server = await mysql.createConnection({ uri: process.env['TEST_MARIADB_URL'] ?? '' });
      await server.query(`LOCK TABLES \`${name}\`.accounts WRITE`);
      const asking = sendAll();
      let killed = 0;
      await eventually('statements have been killed', async () => {
        const [rows] = await server.query<mysql.RowDataPacket[]>(
          `SELECT id FROM information_schema.processlist WHERE db = '${name}' AND state LIKE 'Waiting%'`,
        );
        for (const { id } of rows) {
          await server.query(`KILL ${String(id)}`).catch(() => undefined);
          killed += 1;
        }
        return killed >= 5;
      });
      await server.query('UNLOCK TABLES');
      await server.end();
      expect(await asking).toContain('SERVICE_UNAVAILABLE');
      expect(loggedSince(before)).toMatch(/ER_CONNECTION_KILLED|PROTOCOL_CONNECTION_LOST|ECONNRESET/);
    });

    it('Redis', async () => {
      const before = stack.logs.length;
      stack.redis?.signal('SIGKILL');
      await sendAll();
      await eventually('the loss is logged', () =>
        stack.logs.slice(before).join('').includes('redis is not reachable'),
      );
      await stack.redis?.restart();
      expect(loggedSince(before)).toContain('ECONNREFUSED');
    });

    it('the Users subgraph', async () => {
      const before = stack.logs.length;
      const { users } = stack.services;
      await users.close();
      expect(await sendAll()).toContain('SERVICE_UNAVAILABLE');
      await users.startAgain?.();
      expect(loggedSince(before)).toContain('"code":"ECONNREFUSED"');
    });
  });
}
