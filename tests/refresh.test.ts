import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { refusalsOf, refusedEverywhere } from './harness/access.js';
import { bearer, sendGraphql, summaryOf } from './harness/graphql.js';
import { registerSomebody, type Person } from './harness/people.js';
import { passSinceRefreshes } from './harness/reuse-grace.js';
import { stackName } from './harness/stack-name.js';
import { startStack, type TestStack } from './harness/stack.js';

const SECOND = 1_000;
const CALLERS = 50;
const DAY = 86_400 * SECOND;

describe('refreshing a session', () => {
  let stack: TestStack;

  beforeAll(async () => {
    stack = await startStack();
  });

  afterAll(async () => {
    await stack.close();
  });

  async function refresh(refreshToken: string) {
    const { data, errors } = await stack.client.refreshSession({ input: { refreshToken } });
    if (data == null) throw new Error(`no answer: ${JSON.stringify(errors)}`);
    expect(errors).toBeUndefined();
    return data.refreshSession;
  }

  /** The next pair of tokens; they must be granted. */
  async function rotate(refreshToken: string) {
    const { tokens, userErrors } = await refresh(refreshToken);
    expect(userErrors).toEqual([]);
    if (tokens == null) throw new Error('there are neither tokens nor errors');
    return tokens;
  }

  /** Why there are no tokens; there must not be any. */
  async function refusal(refreshToken: string) {
    const { tokens, userErrors } = await refresh(refreshToken);
    expect(tokens).toBeNull();
    return userErrors.map(({ code, path }) => ({ code, path }));
  }

  const refused = (code: string) => [{ code, path: ['refreshToken'] }];

  async function sessionIdOf({ client }: Person): Promise<string> {
    const { data } = await client.validateToken();
    return data?.validateToken.sessionId ?? '';
  }

  /** How often a session was warned about. */
  function warningsAbout(sessionId: string): number {
    return warnings().filter((line) => line.includes(sessionId)).length;
  }

  function warnings(): readonly string[] {
    return stack.logs.filter((line) => line.includes('"level":"warn"'));
  }

  const actingWith = (person: Person, { accessToken }: { accessToken: string }) => ({
    id: person.id,
    client: stack.client.withAccessToken(accessToken),
  });

  it('gives a new pair for the same session', async () => {
    const ada = await registerSomebody(stack.client);
    const before = (await ada.client.validateToken()).data?.validateToken;
    stack.clock.advance(60 * SECOND);
    const next = await rotate(ada.refreshToken);
    expect(next.tokenType).toBe('Bearer');
    expect(next.refreshToken).toMatch(/^[\w-]{43}$/);
    expect(next.refreshToken).not.toBe(ada.refreshToken);
    expect(next.accessToken).not.toBe(ada.accessToken);

    const after = (await actingWith(ada, next).client.validateToken()).data?.validateToken;
    expect(after).toMatchObject({ active: true, userId: ada.id, sessionId: before?.sessionId, roles: ['USER'] });
    expect(after?.expiresAt).toBe(next.accessTokenExpiresAt);
    const sessions = (await actingWith(ada, next).client.mySessions()).data?.me?.sessions;
    expect(sessions?.totalCount).toBe(1);
    const [session] = sessions?.nodes ?? [];
    expect(Date.parse(session?.lastUsedAt ?? '') - Date.parse(session?.createdAt ?? '')).toBeGreaterThanOrEqual(
      60 * SECOND,
    );
    // The older access token lives on until it expires: only the refresh token is used up.
    expect(await refusalsOf(ada)).toEqual([]);
  });

  it('gives the same successor to whoever presents the latest used token again within seconds', async () => {
    const ada = await registerSomebody(stack.client);
    const first = await rotate(ada.refreshToken);
    await passSinceRefreshes(stack, 5 * SECOND);
    const repeated = await rotate(ada.refreshToken);
    expect(repeated.refreshToken).toBe(first.refreshToken);
    expect(repeated.refreshTokenExpiresAt).toBe(first.refreshTokenExpiresAt);
    expect(await refusalsOf(actingWith(ada, repeated))).toEqual([]);
    // The line goes on behind the shared successor.
    const next = await rotate(repeated.refreshToken);
    expect(await refusalsOf(actingWith(ada, next))).toEqual([]);
  });

  it('ends the session when a used token comes back later, and logs that without the token', async () => {
    const ada = await registerSomebody(stack.client);
    const sessionId = await sessionIdOf(ada);
    const next = await rotate(ada.refreshToken);
    await passSinceRefreshes(stack, 10 * SECOND + 1);
    expect(warningsAbout(sessionId)).toBe(0);
    expect(await refusal(ada.refreshToken)).toEqual(refused('TOKEN_REUSED'));

    expect(await refusalsOf(ada)).toEqual(refusedEverywhere('TOKEN_REVOKED'));
    expect(await refusalsOf(actingWith(ada, next))).toEqual(refusedEverywhere('TOKEN_REVOKED'));
    expect(await refusal(next.refreshToken)).toEqual(refused('TOKEN_INVALID'));

    expect(warningsAbout(sessionId)).toBe(1);
    const tokens = [ada.refreshToken, next.refreshToken, ada.accessToken, next.accessToken];
    expect(stack.logs.filter((line) => tokens.some((token) => line.includes(token)))).toEqual([]);
  });

  it('ends the session at once when a token comes back whose successor has been used, too, and logs that once', async () => {
    const ada = await registerSomebody(stack.client);
    const sessionId = await sessionIdOf(ada);
    const parent = await rotate(ada.refreshToken);
    const child = await rotate(parent.refreshToken);
    expect(await refusal(ada.refreshToken)).toEqual(refused('TOKEN_REUSED'));
    expect(await refusalsOf(actingWith(ada, child))).toEqual(refusedEverywhere('TOKEN_REVOKED'));
    expect(await refusal(child.refreshToken)).toEqual(refused('TOKEN_INVALID'));
    expect(warningsAbout(sessionId)).toBe(1);
  });

  it('tells operators whose token came back, from where and by which request', async () => {
    const ada = await registerSomebody(stack.client);
    const sessionId = await sessionIdOf(ada);
    await rotate((await rotate(ada.refreshToken)).refreshToken);
    const requestId = randomUUID();
    const answer = await sendGraphql(stack.services.gateway.url, {
      query: 'mutation ($input: RefreshSessionInput!) { refreshSession(input: $input) { userErrors { code } } }',
      variables: { input: { refreshToken: ada.refreshToken } },
      headers: { 'x-request-id': requestId },
    });
    expect(answer.data).toEqual({ refreshSession: { userErrors: [{ code: 'TOKEN_REUSED' }] } });
    const lines = warnings().filter((line) => line.includes(sessionId));
    expect(lines.map((line): unknown => JSON.parse(line))).toEqual([
      expect.objectContaining({ service: 'auth', requestId, userId: ada.id, sessionId, clientAddress: '127.0.0.1' }),
    ]);
  });

  it('leaves the other sessions of the account alone when it ends one', async () => {
    const ada = await registerSomebody(stack.client);
    const other = await stack.client.login({ input: { identifier: ada.username, password: ada.password } });
    await rotate(ada.refreshToken);
    await passSinceRefreshes(stack, 11 * SECOND);
    expect(await refusal(ada.refreshToken)).toEqual(refused('TOKEN_REUSED'));
    const tokens = other.data?.login.tokens;
    expect(await refusalsOf(actingWith(ada, { accessToken: tokens?.accessToken ?? '' }))).toEqual([]);
    await rotate(tokens?.refreshToken ?? '');
  });

  it('gives fifty callers at once the same successor, and goes on with it', async () => {
    const ada = await registerSomebody(stack.client);
    const pairs = await Promise.all(Array.from({ length: CALLERS }, () => rotate(ada.refreshToken)));
    const successors = new Set(pairs.map(({ refreshToken }) => refreshToken));
    expect(successors.size).toBe(1);
    expect(successors).not.toContain(ada.refreshToken);
    for (const pair of pairs.slice(0, 3)) expect(await refusalsOf(actingWith(ada, pair))).toEqual([]);

    // One line only: the shared successor has one successor itself, and the session is still one.
    const [successor = ''] = successors;
    const next = await rotate(successor);
    const afterNext = await rotate(next.refreshToken);
    const acting = actingWith(ada, afterNext);
    expect(await refusalsOf(acting)).toEqual([]);
    expect((await acting.client.mySessions()).data?.me?.sessions?.totalCount).toBe(1);
    process.stderr.write(`${stackName()}, parallel refresh: ${CALLERS} at once → ${successors.size} live lineage\n`);
  });

  it('ends with the idle time', async () => {
    const [ada, eve] = [await registerSomebody(stack.client), await registerSomebody(stack.client)];
    stack.clock.advance(14 * DAY - 60 * SECOND);
    const next = await rotate(ada.refreshToken);
    stack.clock.advance(61 * SECOND);
    expect(await refusal(eve.refreshToken)).toEqual(refused('TOKEN_EXPIRED'));
    // Being used has given the other session its idle time anew.
    stack.clock.advance(13 * DAY);
    await rotate(next.refreshToken);
  });

  it('ends with the absolute lifetime, however much it is used', async () => {
    const ada = await registerSomebody(stack.client);
    const [session] = (await ada.client.mySessions()).data?.me?.sessions?.nodes ?? [];
    let tokens = await rotate(ada.refreshToken);
    for (let days = 13; days < 90; days += 13) {
      stack.clock.advance(13 * DAY);
      tokens = await rotate(tokens.refreshToken);
    }
    expect(session).toBeDefined();
    expect(tokens.refreshTokenExpiresAt).toBe(session?.expiresAt);
    stack.clock.advance(12 * DAY - 60 * SECOND);
    tokens = await rotate(tokens.refreshToken);
    // No access token outlives its session.
    expect(Date.parse(tokens.accessTokenExpiresAt)).toBeLessThanOrEqual(Date.parse(session?.expiresAt ?? ''));
    stack.clock.advance(61 * SECOND);
    expect(await refusal(tokens.refreshToken)).toEqual(refused('TOKEN_EXPIRED'));
  });

  it.each([
    ['nothing', ''],
    ['a random token', randomBytes(32).toString('base64url')],
    ['something short', 'x'],
    ['something long', 'A'.repeat(10_000)],
    ['NUL and half a character', '\u0000\uD800'],
    ['text that looks like SQL', `' OR '1'='1`],
  ])('refuses %s', async (_name, token) => {
    expect(await refusal(token)).toEqual(refused('TOKEN_INVALID'));
  });

  it('tells the two kinds of tokens apart', async () => {
    const ada = await registerSomebody(stack.client);
    expect(await refusal(ada.accessToken)).toEqual(refused('TOKEN_INVALID'));
    const answer = await sendGraphql(stack.services.gateway.url, {
      query: '{ me { id } }',
      headers: bearer(ada.refreshToken),
    });
    expect(answer.data).toEqual({ me: null });
    expect(summaryOf(answer.errors)).toEqual(['me UNAUTHENTICATED TOKEN_INVALID']);
    // Neither attempt has harmed the session.
    await rotate(ada.refreshToken);
  });

  it('refuses the token of a session that has logged out', async () => {
    const ada = await registerSomebody(stack.client);
    const next = await rotate(ada.refreshToken);
    await actingWith(ada, next).client.logout();
    expect(await refusal(next.refreshToken)).toEqual(refused('TOKEN_INVALID'));
    // Also the used one, which tells nothing about reuse any more.
    expect(await refusal(ada.refreshToken)).toEqual(refused('TOKEN_INVALID'));
  });
});
