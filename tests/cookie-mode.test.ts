import { createClient, type Client } from '@identity/client/client';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { refusalsOf, refusedEverywhere } from './harness/access.js';
import { createCookieJar, type CookieJar } from './harness/cookie-jar.js';
import { bearer, sendGraphql, summaryOf } from './harness/graphql.js';
import { registerAdmin, registerSomebody, type Person } from './harness/people.js';
import { passSinceRefreshes } from './harness/reuse-grace.js';
import { startStack, type TestStack } from './harness/stack.js';

const SECOND = 1_000;
const DAY = 86_400 * SECOND;
const IDLE_SECONDS = 14 * 86_400;

/** A page in a browser, with somebody who has registered there. */
interface Page {
  readonly jar: CookieJar;
  readonly client: Client;
  readonly person: Person;
}

describe('a session in cookie mode', () => {
  let stack: TestStack;

  beforeAll(async () => {
    stack = await startStack({ environment: { REFRESH_COOKIE_SUBGRAPH: 'auth' } });
  });

  afterAll(async () => {
    await stack.close();
  });

  function openBrowser(): Pick<Page, 'jar' | 'client'> {
    const jar = createCookieJar();
    const url = `${stack.services.gateway.url}/graphql`;
    return { jar, client: createClient({ url, sessionTransport: 'cookie', fetch: jar.fetch }) };
  }

  async function openPage(): Promise<Page> {
    const browser = openBrowser();
    return { ...browser, person: await registerSomebody(browser.client) };
  }

  /** Same jar, but a client that knows nothing of cookie mode: what a foreign page or a native client sends. */
  const withoutHeader = ({ jar }: Page) =>
    createClient({ url: `${stack.services.gateway.url}/graphql`, fetch: jar.fetch });

  async function refresh(client: Client, refreshToken = '') {
    const { data, errors } = await client.refreshSession({ input: { refreshToken } });
    expect(errors).toBeUndefined();
    if (data == null) throw new Error('there are neither data nor errors');
    const { tokens, userErrors } = data.refreshSession;
    return { tokens, codes: userErrors.map(({ code }) => code) };
  }

  const deletion = {
    '__Host-refresh-token': '',
    path: '/',
    secure: '',
    httponly: '',
    samesite: 'Strict',
    'max-age': '0',
  };

  it('keeps the refresh token in a cookie that only this host gets and no script reads', async () => {
    const { jar, client, person } = await openPage();
    expect(person.refreshToken).toBe('');
    expect(jar.lastSet).toEqual({
      '__Host-refresh-token': expect.stringMatching(/^[\w-]{43}$/),
      path: '/',
      secure: '',
      httponly: '',
      samesite: 'Strict',
      'max-age': expect.stringMatching(/^\d+$/),
    });
    expect(jar.lastSetDevice).toEqual({
      '__Host-device': expect.stringMatching(/^session_\w{26}\.\w+\.[\w-]{43}$/),
      path: '/',
      secure: '',
      httponly: '',
      samesite: 'Strict',
      'max-age': String(400 * 86_400),
    });
    const device = jar.device;
    const [registered, maxAge] = [jar.value, Number(jar.lastSet?.['max-age'])];
    expect(maxAge).toBeGreaterThan(IDLE_SECONDS - 60);
    expect(maxAge).toBeLessThanOrEqual(IDLE_SECONDS);

    const { data } = await client.login({ input: { identifier: person.username, password: person.password } });
    expect(data?.login.tokens?.refreshToken).toBe('');
    expect(jar.value).toMatch(/^[\w-]{43}$/);
    expect(jar.value).not.toBe(registered);
    expect(jar.lastSetDevice?.['max-age']).toBe(String(400 * 86_400));
    expect(jar.device).toMatch(/^session_\w{26}\.\w+\.[\w-]{43}$/);
    expect(jar.device).not.toBe(device);
  });

  it('is ended by a login that takes its cookie away, whether an access token comes along or not', async () => {
    const { jar, client, person } = await openPage();
    const lost = jar.value;
    const somebodyElse = await registerSomebody(stack.client);
    const { data } = await client.login({
      input: { identifier: somebodyElse.username, password: somebodyElse.password },
    });
    expect(await refusalsOf(person)).toEqual(refusedEverywhere('TOKEN_REVOKED'));
    const replacement = client.withAccessToken(data?.login.tokens?.accessToken ?? '');
    expect(await refusalsOf({ id: somebodyElse.id, client: replacement })).toEqual([]);
    const kept = jar.value;
    jar.value = lost;
    expect((await refresh(client)).codes).toEqual(['TOKEN_INVALID']);
    jar.value = kept;
    expect((await refresh(client)).codes).toEqual([]);
  });

  it('is ended by a registration that takes its cookie away, and not by one that only comes with its access token', async () => {
    const { jar, client, person } = await openPage();
    const lost = jar.value;
    const admin = await registerAdmin(stack);
    const registering = client.withAccessToken(admin.accessToken);
    const somebodyElse = await registerSomebody(registering);
    expect(await refusalsOf(person)).toEqual(refusedEverywhere('TOKEN_REVOKED'));
    expect(await refusalsOf(admin)).toEqual([]);
    expect(await refusalsOf(somebodyElse)).toEqual([]);
    const kept = jar.value;
    expect((await refresh(stack.client, lost ?? '')).codes).toEqual(['TOKEN_INVALID']);
    // One that fails takes nothing away.
    const input = { username: somebodyElse.username, email: somebodyElse.email, password: somebodyElse.password };
    expect((await client.register({ input })).data?.register.tokens).toBeNull();
    expect(jar.value).toBe(kept);
    expect(await refusalsOf(somebodyElse)).toEqual([]);
  });

  it('accepts its access token for nothing more of an operation that has ended it', async () => {
    const { jar, person } = await openPage();
    const register =
      'register(input: { username: "grace_h", email: "grace@example.com", password: "window seat 42 B" })';
    const { data, errors } = await sendGraphql(
      stack.services.gateway.url,
      {
        query: `mutation { ${register} { user { username } } logout { revokedSessionCount } }`,
        headers: { ...bearer(person.accessToken), 'x-session-transport': 'cookie' },
      },
      jar.fetch,
    );
    expect(data).toBeNull();
    expect(summaryOf(errors)).toEqual(['logout UNAUTHENTICATED TOKEN_REVOKED']);
    expect(jar.value).toMatch(/^[\w-]{43}$/);
  });

  it('goes on by the cookie alone, for as long as the session lives', async () => {
    const { jar, client, person } = await openPage();
    const first = jar.value;
    const { tokens, codes } = await refresh(client);
    expect(codes).toEqual([]);
    expect(tokens?.refreshToken).toBe('');
    expect(jar.value).toMatch(/^[\w-]{43}$/);
    expect(jar.value).not.toBe(first);
    expect(jar.lastSetDevice).toBeNull();
    const acting = client.withAccessToken(tokens?.accessToken ?? '');
    expect(await refusalsOf({ id: person.id, client: acting })).toEqual([]);

    for (let days = 13; days < 90; days += 13) {
      stack.clock.advance(13 * DAY);
      expect((await refresh(client)).codes).toEqual([]);
    }
    // The session's end is nearer than another idle time, and the cookie ends with it.
    expect(Number(jar.lastSet?.['max-age'])).toBeLessThanOrEqual((90 - 78) * 86_400);
    expect(Number(jar.lastSet?.['max-age'])).toBeGreaterThan((90 - 79) * 86_400);
  });

  it('survives a lost answer and two tabs', async () => {
    const { jar, client } = await openPage();
    const sent = jar.value;
    await refresh(client);
    const successor = jar.value;
    jar.value = sent;
    expect((await refresh(client)).codes).toEqual([]);
    expect(jar.value).toBe(successor);
  });

  it('ends, and the cookie with it, when a used cookie comes back', async () => {
    const { jar, client, person } = await openPage();
    const stolen = jar.value;
    await refresh(client);
    await passSinceRefreshes(stack, 11 * SECOND);
    jar.value = stolen;
    expect(await refresh(client)).toEqual({ tokens: null, codes: ['TOKEN_REUSED'] });
    expect(jar.lastSet).toEqual(deletion);
    expect(await refusalsOf(person)).toEqual(refusedEverywhere('TOKEN_REVOKED'));
  });

  it('has a cookie removed that is unknown or has expired', async () => {
    const { jar, client } = await openPage();
    stack.clock.advance(14 * DAY + SECOND);
    expect(await refresh(client)).toEqual({ tokens: null, codes: ['TOKEN_EXPIRED'] });
    expect(jar.lastSet).toEqual(deletion);
    expect(jar.lastSetDevice).toBeNull();
    jar.value = 'A'.repeat(43);
    expect(await refresh(client)).toEqual({ tokens: null, codes: ['TOKEN_INVALID'] });
    expect(jar.lastSet).toEqual(deletion);
  });

  it.each([
    ['no cookie', null],
    ['a quoted cookie', '"x"'],
    ['two cookies', 'first; __Host-refresh-token=second'],
  ])('is not there with %s, and no cookie is touched: another tab may just have logged in', async (_name, value) => {
    const { jar, client } = await openPage();
    jar.value = value;
    expect(await refresh(client)).toEqual({ tokens: null, codes: ['TOKEN_INVALID'] });
    expect(jar.lastSet).toBeNull();
  });

  it.each([false, true])('ends with logout, and the cookie with it (allSessions: %s)', async (allSessions) => {
    const { jar, client, person } = await openPage();
    const ended = jar.value;
    const { data } = await person.client.logout({ input: { allSessions } });
    expect(data?.logout.revokedSessionCount).toBe(1);
    expect(jar.lastSet).toEqual(deletion);
    expect(jar.lastSetDevice).toBeNull();
    jar.value = ended;
    expect((await refresh(client)).codes).toEqual(['TOKEN_INVALID']);
  });

  it.each<readonly [string, (person: Person) => Promise<unknown>]>([
    ['logs out', async ({ client }) => (await client.logout()).data?.logout.revokedSessionCount],
    [
      'logs out everywhere',
      async ({ client }) => (await client.logout({ input: { allSessions: true } })).data?.logout.revokedSessionCount,
    ],
    [
      'revokes itself',
      async ({ client }) => {
        const sessionId = (await client.validateToken()).data?.validateToken.sessionId ?? '';
        const { data } = await client.revokeSession({ input: { sessionId } });
        return data?.revokeSession.userErrors.length === 0 ? 2 : 0;
      },
    ],
  ])('ends with its cookie when another session, of an access token beside it, %s', async (_what, leave) => {
    const { jar, client, person } = await openPage();
    const lost = jar.value;
    const other = await registerSomebody(stack.client);
    expect(await leave({ ...other, client: client.withAccessToken(other.accessToken) })).toBe(2);
    expect(jar.lastSet).toEqual(deletion);
    expect(await refusalsOf(other)).toEqual(refusedEverywhere('TOKEN_REVOKED'));
    expect(await refusalsOf(person)).toEqual(refusedEverywhere('TOKEN_REVOKED'));
    expect((await refresh(stack.client, lost ?? '')).codes).toEqual(['TOKEN_INVALID']);
  });

  it('loses its cookie when it revokes itself, and not when it revokes another', async () => {
    const { jar, person } = await openPage();
    const own = (await person.client.validateToken()).data?.validateToken.sessionId ?? '';
    await stack.client.login({ input: { identifier: person.username, password: person.password } });
    const sessions = (await person.client.mySessions()).data?.me?.sessions?.nodes ?? [];
    const other = sessions.find(({ id }) => id !== own)?.id ?? '';
    await person.client.revokeSession({ input: { sessionId: other } });
    expect(jar.lastSet).toBeNull();
    const { data } = await person.client.revokeSession({ input: { sessionId: own } });
    expect(data?.revokeSession.userErrors).toEqual([]);
    expect(jar.lastSet).toEqual(deletion);
  });

  it.each<readonly [string, (client: Client, userId: string) => Promise<unknown>]>([
    ['suspend', (client, userId) => client.suspendUser({ input: { userId } })],
    ['depose', (client, userId) => client.setUserRoles({ input: { userId, roles: ['USER'] } })],
  ])('loses its cookie when administrators %s themselves, and not when they do it to others', async (_what, act) => {
    const { jar, client } = openBrowser();
    // The last administrator could not do it.
    const [other] = [await registerAdmin(stack), await registerAdmin(stack)];
    const admin = await registerAdmin({ client, sql: stack.sql });
    await act(admin.client, other.id);
    expect(await refusalsOf(other)).toEqual(refusedEverywhere('TOKEN_REVOKED'));
    expect(jar.lastSet).toBeNull();
    await act(admin.client, admin.id);
    expect(jar.lastSet).toEqual(deletion);
    expect(jar.lastSetDevice).toBeNull();
    expect(await refusalsOf(admin)).toEqual(refusedEverywhere('TOKEN_REVOKED'));
    expect((await refresh(client)).codes).toEqual(['TOKEN_INVALID']);
  });

  it('goes on after a change of the password, which ends the others', async () => {
    const { jar, client, person } = await openPage();
    const elsewhere = await stack.client.login({
      input: { identifier: person.username, password: person.password },
    });
    const { data } = await person.client.changePassword({
      input: { currentPassword: person.password, newPassword: 'another quiet harbour' },
    });
    expect(data?.changePassword).toMatchObject({ revokedSessionCount: 1, userErrors: [] });
    expect(jar.lastSet).toBeNull();
    expect((await refresh(client)).codes).toEqual([]);
    const other = elsewhere.data?.login.tokens?.refreshToken ?? '';
    expect((await refresh(stack.client, other)).codes).toEqual(['TOKEN_INVALID']);
  });

  it('begins with no cookie when the login fails', async () => {
    const { jar, client, person } = await openPage();
    const before = jar.value;
    const { data } = await client.login({ input: { identifier: person.username, password: 'not the password' } });
    expect(data?.login.userErrors.map(({ code }) => code)).toEqual(['INVALID_CREDENTIALS']);
    expect(jar.lastSet).toBeNull();
    expect(jar.lastSetDevice).toBeNull();
    expect(jar.value).toBe(before);
  });

  it('is not touched by requests that do not ask for cookie mode', async () => {
    const page = await openPage();
    const before = page.jar.value;
    const plain = withoutHeader(page);
    expect(await refresh(plain)).toEqual({ tokens: null, codes: ['TOKEN_INVALID'] });
    const loggedIn = await plain.login({
      input: { identifier: page.person.username, password: page.person.password },
    });
    const tokens = loggedIn.data?.login.tokens;
    expect(tokens?.refreshToken).toMatch(/^[\w-]{43}$/);
    await plain.withAccessToken(tokens?.accessToken ?? '').logout();
    expect(page.jar.lastSet).toBeNull();
    expect(page.jar.lastSetDevice).toBeNull();
    expect(page.jar.value).toBe(before);
    expect((await refresh(page.client)).codes).toEqual([]);
  });

  it('can take over one whose token the page has kept itself until now', async () => {
    const { jar, client } = await openPage();
    const { refreshToken } = await registerSomebody(stack.client);
    const { tokens, codes } = await refresh(client, refreshToken);
    expect(codes).toEqual([]);
    expect(tokens?.refreshToken).toBe('');
    expect((await refresh(client)).codes).toEqual([]);
    // A bad token of the page says nothing about the cookie.
    const before = jar.value;
    expect((await refresh(client, 'A'.repeat(43))).codes).toEqual(['TOKEN_INVALID']);
    expect(jar.value).toBe(before);
  });

  it('is ended by another one that is moved into its cookie, and not by its own tokens', async () => {
    const { jar, client, person } = await openPage();
    const lost = jar.value;
    const plain = await registerSomebody(stack.client);
    expect((await refresh(client, 'A'.repeat(43))).codes).toEqual(['TOKEN_INVALID']);
    expect(await refusalsOf(person)).toEqual([]);
    expect((await refresh(client, plain.refreshToken)).codes).toEqual([]);
    expect(await refusalsOf(person)).toEqual(refusedEverywhere('TOKEN_REVOKED'));
    expect(await refusalsOf(plain)).toEqual([]);
    expect((await refresh(stack.client, lost ?? '')).codes).toEqual(['TOKEN_INVALID']);
    // A token beside the cookie of the same session, also where a lost answer has left the cookie behind.
    const behind = jar.value;
    const next = (await refresh(stack.client, behind ?? '')).tokens?.refreshToken ?? '';
    expect(jar.value).toBe(behind);
    expect((await refresh(client, next)).codes).toEqual([]);
    expect(await refusalsOf(plain)).toEqual([]);
    expect((await refresh(client)).codes).toEqual([]);
  });

  it('is not what the cookie is good for that the device is known by', async () => {
    const { jar, client, person } = await openPage();
    const [proof, genuine] = [jar.device ?? '', jar.value];
    await person.client.logout();
    expect((await refresh(client)).codes).toEqual(['TOKEN_INVALID']);
    expect((await refresh(client, proof)).codes).toEqual(['TOKEN_INVALID']);
    expect((await refresh(stack.client, proof)).codes).toEqual(['TOKEN_INVALID']);
    jar.value = proof;
    expect((await refresh(client)).codes).toEqual(['TOKEN_INVALID']);
    const bearer = { id: person.id, client: client.withAccessToken(proof) };
    expect(await refusalsOf(bearer)).toEqual(refusedEverywhere('TOKEN_INVALID'));
    const { data } = await client.login({ input: { identifier: person.username, password: '' } });
    expect(data?.login.userErrors.map(({ code }) => code)).toEqual(['INVALID_CREDENTIALS']);
    expect(genuine).not.toContain(proof);
    expect(jar.device).toBe(proof);
  });

  it('leaves neither a refresh token nor what the device is known by in any log', async () => {
    const { jar, client, person } = await openPage();
    const tokens = [jar.value, jar.device];
    await refresh(client);
    await client.login({ input: { identifier: person.username, password: person.password } });
    tokens.push(jar.value, jar.device);
    expect(stack.logs.filter((line) => tokens.some((token) => line.includes(String(token))))).toEqual([]);
  });
});
