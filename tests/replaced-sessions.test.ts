import { createClient, type Client } from '@identity/client/client';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { refusalsOf, refusedEverywhere } from './harness/access.js';
import { createCookieJar } from './harness/cookie-jar.js';
import { summaryOf } from './harness/graphql.js';
import { registerSomebody } from './harness/people.js';
import { stackName } from './harness/stack-name.js';
import { startStack, type TestStack } from './harness/stack.js';

/** SQL fails at some ends of sessions, and at nothing else. */
const refuseEnds = (condition: string): string =>
  stackName() === 'distributed'
    ? `CREATE TRIGGER sabotage BEFORE UPDATE ON sessions FOR EACH ROW BEGIN
       IF ${condition} THEN SIGNAL SQLSTATE '45000'; END IF; END`
    : `CREATE TRIGGER sabotage BEFORE UPDATE ON sessions WHEN ${condition}
       BEGIN SELECT RAISE(ABORT, 'refused'); END`;

const MUTATIONS = ['login', 'register', 'refreshSession'] as const;

let stack: TestStack;

beforeAll(async () => {
  stack = await startStack({ environment: { REFRESH_COOKIE_SUBGRAPH: 'auth' } });
});

afterAll(async () => {
  await stack.close();
});

/** A browser that somebody has just registered in. */
async function openBrowser() {
  const jar = createCookieJar();
  const url = `${stack.services.gateway.url}/graphql`;
  const browser = createClient({ url, sessionTransport: 'cookie', fetch: jar.fetch });
  return { jar, browser, person: await registerSomebody(browser) };
}

describe('a session that takes the place of another', () => {
  /** A browser with a session, and a native client's session of somebody else, which is about to replace it there. */
  async function setScene() {
    const { jar, browser, person } = await openBrowser();
    const other = await registerSomebody(stack.client);
    const newcomer = `n${other.username}`.slice(0, 30);
    const send = {
      login: () => browser.login({ input: { identifier: other.username, password: other.password } }),
      register: () =>
        browser.register({
          input: { username: newcomer, email: `${newcomer}@example.com`, password: other.password },
        }),
      refreshSession: () => browser.refreshSession({ input: { refreshToken: other.refreshToken } }),
    };
    return { jar, person, send };
  }

  const countRows = async () => {
    const counts = ['accounts', 'sessions', 'refresh_tokens'].map((table) =>
      stack.sql('auth', `SELECT COUNT(*) AS rows_of FROM ${table}`),
    );
    return Promise.all(counts);
  };

  it.each(MUTATIONS)('is not there when SQL fails to end the other, and %s can be repeated', async (field) => {
    const { jar, person, send } = await setScene();
    const [before, cookie] = [await countRows(), jar.value];
    await stack.sql('auth', refuseEnds(`NEW.revocation_reason = 'REPLACED'`));
    try {
      expect(summaryOf((await send[field]()).errors ?? [])).toEqual([`${field} INTERNAL_SERVER_ERROR`]);
    } finally {
      await stack.sql('auth', 'DROP TRIGGER sabotage');
    }
    expect(await countRows()).toEqual(before);
    expect(jar.value).toBe(cookie);
    expect(await refusalsOf(person)).toEqual([]);

    expect((await send[field]()).errors).toBeUndefined();
    expect(jar.value).not.toBe(cookie);
    expect(await refusalsOf(person)).toEqual(refusedEverywhere('TOKEN_REVOKED'));
  });

  it.each(MUTATIONS)('is answered by %s without Redis, and the other refused by then', async (field) => {
    const { person, send } = await setScene();
    stack.redis?.signal('SIGKILL');
    try {
      expect((await send[field]()).errors).toBeUndefined();
      expect(await refusalsOf(person)).toEqual(refusedEverywhere('TOKEN_REVOKED'));
    } finally {
      await stack.redis?.restart();
    }
  });
});

describe('the session in the cookie of a browser that is left with another one', () => {
  const leave = {
    logout: (client: Client) => client.logout(),
    revokeSession: async (client: Client) => {
      const sessionId = (await client.validateToken()).data?.validateToken.sessionId ?? '';
      return client.revokeSession({ input: { sessionId } });
    },
  };

  it.each(['logout', 'revokeSession'] as const)('ends first, so that %s can be repeated', async (field) => {
    const { jar, browser, person } = await openBrowser();
    const cookie = jar.value;
    const other = await registerSomebody(stack.client);
    const leaving = browser.withAccessToken(other.accessToken);
    await stack.sql('auth', refuseEnds(`NEW.account_id = '${person.id}'`));
    try {
      expect(summaryOf((await leave[field](leaving)).errors ?? [])).toEqual([`${field} INTERNAL_SERVER_ERROR`]);
    } finally {
      await stack.sql('auth', 'DROP TRIGGER sabotage');
    }
    expect(jar.value).toBe(cookie);
    expect(await refusalsOf(other)).toEqual([]);

    expect((await leave[field](leaving)).errors).toBeUndefined();
    expect(jar.value).toBeNull();
    expect(await refusalsOf(other)).toEqual(refusedEverywhere('TOKEN_REVOKED'));
    expect(await refusalsOf(person)).toEqual(refusedEverywhere('TOKEN_REVOKED'));
  });
});
