import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { refusalsOf, refusedEverywhere } from './harness/access.js';
import { bearer, sendGraphql, summaryOf } from './harness/graphql.js';
import { logInAgain, registerAdmin, registerSomebody, type Person } from './harness/people.js';
import { startStack, type TestStack } from './harness/stack.js';

const DEAD = refusedEverywhere('TOKEN_REVOKED');

let stack: TestStack;

beforeAll(async () => {
  stack = await startStack();
});

afterAll(async () => {
  await stack.close();
});

async function sessionIdOf({ client }: Person): Promise<string> {
  const { data } = await client.validateToken();
  return data?.validateToken.sessionId ?? '';
}

describe('ending one session', () => {
  let ada: Person;
  let elsewhere: Person;

  beforeEach(async () => {
    ada = await registerSomebody(stack.client);
    elsewhere = await logInAgain(stack.client, ada);
  });

  async function revoke({ client }: Person, sessionId: string) {
    const { data, errors } = await client.revokeSession({ input: { sessionId } });
    expect(errors).toBeUndefined();
    const { session = null, userErrors = [] } = data?.revokeSession ?? {};
    return { session, outcome: userErrors.map(({ code, path }) => [code, ...(path ?? [])].join(' ')) };
  }

  it('ends it everywhere at once, and no other', async () => {
    const sessionId = await sessionIdOf(elsewhere);
    const { session, outcome } = await revoke(ada, sessionId);
    expect(outcome).toEqual([]);
    expect(session).toMatchObject({ id: sessionId, current: false });
    expect(await refusalsOf(elsewhere)).toEqual(DEAD);
    expect(await refusalsOf(ada)).toEqual([]);
    const refreshed = await stack.client.refreshSession({ input: { refreshToken: elsewhere.refreshToken } });
    expect(refreshed.data?.refreshSession.userErrors.map(({ code }) => code)).toEqual(['TOKEN_INVALID']);
    expect((await ada.client.mySessions()).data?.me?.sessions?.nodes.map(({ id }) => id)).toEqual([
      await sessionIdOf(ada),
    ]);
  });

  it('can be the one of the request, whose token is refused from there on', async () => {
    const sessionId = await sessionIdOf(ada);
    const answer = await sendGraphql(stack.services.gateway.url, {
      query: `mutation ($id: ID!) {
        first: revokeSession(input: { sessionId: $id }) { session { id current } userErrors { code } }
        second: logout { revokedSessionCount }
      }`,
      variables: { id: sessionId },
      headers: bearer(ada.accessToken),
    });
    expect(summaryOf(answer.errors)).toEqual(['second UNAUTHENTICATED TOKEN_REVOKED']);
    expect(await refusalsOf(ada)).toEqual(DEAD);
    expect(await refusalsOf(elsewhere)).toEqual([]);
  });

  it('shows the session of the request as the current one', async () => {
    const { session } = await revoke(ada, await sessionIdOf(ada));
    expect(session).toMatchObject({ current: true });
  });

  it('is refused for the session of somebody else, as if there were none', async () => {
    const eve = await registerSomebody(stack.client);
    expect(await revoke(eve, await sessionIdOf(ada))).toEqual({ session: null, outcome: ['NOT_FOUND sessionId'] });
    expect(await refusalsOf(ada)).toEqual([]);
  });

  it('is open to an administrator for any session', async () => {
    const admin = await registerAdmin(stack);
    expect((await revoke(admin, await sessionIdOf(ada))).outcome).toEqual([]);
    expect(await refusalsOf(ada)).toEqual(DEAD);
    expect(await refusalsOf(admin)).toEqual([]);
  });

  it('does not end it twice', async () => {
    const sessionId = await sessionIdOf(elsewhere);
    const outcomes = await Promise.all([revoke(ada, sessionId), revoke(ada, sessionId), revoke(ada, sessionId)]);
    expect(outcomes.map(({ outcome }) => outcome.join()).sort()).toEqual([
      '',
      'NOT_FOUND sessionId',
      'NOT_FOUND sessionId',
    ]);
    expect((await revoke(ada, sessionId)).outcome).toEqual(['NOT_FOUND sessionId']);
  });

  it.each([
    'session_01m854awnke04s50ft5bw89qwb',
    'session_',
    'user_01m854awnke04s50ft5bw89qwb',
    'nonsense',
    '',
    'session_é',
  ])('finds nothing to end: %j', async (sessionId) => {
    expect(await revoke(ada, sessionId)).toEqual({ session: null, outcome: ['NOT_FOUND sessionId'] });
  });

  it('needs a token', async () => {
    const sessionId = await sessionIdOf(ada);
    const { errors } = await stack.client.revokeSession({ input: { sessionId } });
    expect(summaryOf(errors)).toEqual(['revokeSession UNAUTHENTICATED TOKEN_MISSING']);
    expect(await refusalsOf(ada)).toEqual([]);
  });
});

describe('sessions that are over', () => {
  const DAY = 86_400_000;

  it('are removed long after, with their refresh tokens; nothing else is', async () => {
    const [ada, bob] = [await registerSomebody(stack.client), await registerSomebody(stack.client)];
    await stack.client.refreshSession({ input: { refreshToken: ada.refreshToken } });
    await ada.client.logout();
    const count = async (id: string) => {
      const sessions = await stack.sql('auth', 'SELECT id FROM sessions WHERE account_id = ?', [id]);
      const tokens = await stack.sql(
        'auth',
        'SELECT t.digest FROM refresh_tokens t JOIN sessions s ON s.id = t.session_id WHERE s.account_id = ?',
        [id],
      );
      return { sessions: sessions.length, tokens: tokens.length };
    };
    const waitFor = async (id: string, expected: Awaited<ReturnType<typeof count>>) => {
      const deadline = Date.now() + 10_000;
      while (JSON.stringify(await count(id)) !== JSON.stringify(expected) && Date.now() < deadline);
      expect(await count(id)).toEqual(expected);
    };
    expect(await count(ada.id)).toEqual({ sessions: 1, tokens: 2 });

    // Idle for as long as a session may be, and a little longer: the tokens go, the session is still known to have ended.
    stack.clock.advance(14 * DAY + 1.5 * DAY);
    const fresh = await logInAgain(stack.client, bob);
    await stack.restart();
    await waitFor(ada.id, { sessions: 1, tokens: 0 });
    await waitFor(bob.id, { sessions: 2, tokens: 1 });

    stack.clock.advance(29 * DAY);
    await stack.restart();
    await waitFor(ada.id, { sessions: 0, tokens: 0 });
    await waitFor(bob.id, { sessions: 1, tokens: 0 });
    expect((await stack.client.refreshSession({ input: { refreshToken: fresh.refreshToken } })).errors).toBeUndefined();
  });
});
