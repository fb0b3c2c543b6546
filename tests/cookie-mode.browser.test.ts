import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { launchBrowser, servePages, type PageServer } from './harness/browser.js';
import { registerSomebody } from './harness/people.js';
import { passSinceRefreshes } from './harness/reuse-grace.js';
import { startStack, type TestStack } from './harness/stack.js';

/** Longer than a used refresh token is forgiven. */
const PAST_GRACE_MS = 11_000;
const REFRESH = 'mutation { refreshSession(input: { refreshToken: "" }) { userErrors { code } } }';

describe('cookie mode in Chromium', () => {
  let stack: TestStack;
  let browser: Browser;
  let context: BrowserContext;
  let app: PageServer;
  let foreign: PageServer;
  let endpoint: string;
  let client: string;

  beforeAll(async () => {
    [browser, app, foreign] = await Promise.all([launchBrowser(), servePages(), servePages()]);
    const environment = {
      REFRESH_COOKIE_SUBGRAPH: 'auth',
      CORS_ORIGINS: `http://localhost:${String(app.port)}`,
    };
    stack = await startStack({ environment });
    endpoint = `http://localhost:${new URL(stack.services.gateway.url).port}/graphql`;
    const documentation = await readFile(new URL('../docs/browsers.md', import.meta.url), 'utf8');
    const [, example = ''] = /```js\n(.*?)```/s.exec(documentation) ?? [];
    client = example.replace('http://localhost:4000/graphql', endpoint);
    if (!client.includes(endpoint)) throw new Error('docs/browsers.md has no example for the address of the README');
  });

  afterAll(async () => {
    await browser.close();
    await Promise.all([stack.close(), app.stop(), foreign.stop()]);
  });

  beforeEach(async () => {
    context = await browser.newContext();
  });

  afterEach(async () => {
    await context.close();
  });

  const ownPage = () => endpoint.replace('/graphql', '/health/live');
  const listedPage = () => `http://localhost:${String(app.port)}/`;
  const sameSitePage = () => `http://localhost:${String(foreign.port)}/`;
  const crossSitePage = () => `http://127.0.0.1:${String(foreign.port)}/`;

  /** Opens a page that has the client of the documentation. */
  async function open(url: string): Promise<Page> {
    const page = await context.newPage();
    await page.goto(url);
    await page.addScriptTag({ content: client });
    return page;
  }

  /** The refresh token's before the device's. */
  async function cookiesByName() {
    return (await context.cookies()).sort((one, other) => other.name.localeCompare(one.name));
  }

  async function logIn(page: Page) {
    const { id, username, password } = await registerSomebody(stack.client);
    expect(await page.evaluate(`login(${JSON.stringify(username)}, ${JSON.stringify(password)})`)).toEqual([]);
    return { id, username, password };
  }

  it.each([
    ["the gateway's own origin", ownPage],
    ['a listed origin', listedPage],
  ])('logs in, goes on after a reload, and logs out, as documented: %s', async (_name, url) => {
    const page = await open(url());
    expect(await page.evaluate('resume()')).toBe(false);
    const { id, username, password } = await logIn(page);

    const [cookie, device, ...others] = await cookiesByName();
    expect(others).toEqual([]);
    const safe = { domain: 'localhost', path: '/', httpOnly: true, secure: true, sameSite: 'Strict' };
    expect(cookie).toMatchObject({
      ...safe,
      name: '__Host-refresh-token',
      value: expect.stringMatching(/^[\w-]{43}$/),
    });
    expect(device).toMatchObject({ ...safe, name: '__Host-device', value: expect.stringMatching(/^[\w.-]+$/) });
    // A browser may cut it short, but not to less than the session's own.
    expect(device?.expires).toBeGreaterThan(cookie?.expires ?? Number.POSITIVE_INFINITY);
    expect(await page.evaluate('[document.cookie, localStorage.length, sessionStorage.length]')).toEqual(['', 0, 0]);
    const input = JSON.stringify({ identifier: username, password });
    const shown = await page.evaluate(
      `send('mutation ($input: LoginInput!) { login(input: $input) { tokens { refreshToken } } }', { input: ${input} })`,
    );
    expect(shown).toEqual({ data: { login: { tokens: { refreshToken: '' } } } });

    await page.close();
    const reopened = await open(url());
    expect(await reopened.evaluate('send("{ me { id } }")')).toEqual({ data: { me: null } });
    expect(await reopened.evaluate('resume()')).toBe(true);
    expect(await reopened.evaluate('send("{ me { id } }")')).toEqual({ data: { me: { id } } });
    expect((await cookiesByName())[0]?.value).not.toBe(cookie?.value);

    await reopened.evaluate('logout()');
    expect((await cookiesByName()).map(({ name }) => name)).toEqual(['__Host-device']);
    expect(await reopened.evaluate('resume()')).toBe(false);
  });

  it('gives two tabs that refresh at once the same session', async () => {
    const [first, second] = [await open(listedPage()), await open(listedPage())];
    await logIn(first);
    expect(await Promise.all([first, second].map((page) => page.evaluate('resume()')))).toEqual([true, true]);
    await passSinceRefreshes(stack, PAST_GRACE_MS);
    expect(await second.evaluate('resume()')).toBe(true);
  });

  it.each([
    ['the same site', sameSitePage, true],
    ['another site', crossSitePage, false],
  ])('leaves a foreign page of %s with nothing it can do', async (_name, url, sendsCookie) => {
    const page = await open(listedPage());
    await logIn(page);
    const before = await context.cookies();
    const attacker = await open(url());

    await expect(attacker.evaluate('resume()')).rejects.toThrow('Failed to fetch');

    const body = JSON.stringify(JSON.stringify({ query: REFRESH }));
    const withoutPreflight = `{ method: 'POST', mode: 'no-cors', credentials: 'include', body: ${body} }`;
    expect(await attacker.evaluate(`fetch('${endpoint}', ${withoutPreflight}).then(({ type }) => type)`)).toBe(
      'opaque',
    );

    await attacker.setContent(
      `<form method="post" enctype="text/plain" action="${endpoint}">
        <input name='{"query":"${REFRESH.replaceAll('"', '\\"')}","x":"' value='"}'></form>`,
    );
    const answered = attacker.waitForResponse(endpoint);
    await attacker.evaluate('document.forms[0].submit()');
    const response = await answered;
    expect(response.status()).toBe(400);
    // Only another site is kept from the cookie; for the same site the rest of the defence has to hold.
    expect('cookie' in (await response.request().allHeaders())).toBe(sendsCookie);

    expect(await context.cookies()).toEqual(before);
    // Had its token been used, that would show now.
    await passSinceRefreshes(stack, PAST_GRACE_MS);
    expect(await page.evaluate('resume()')).toBe(true);
  });
});
