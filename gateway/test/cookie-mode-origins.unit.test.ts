import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  COOKIE,
  COOKIE_MODE,
  startCookieMode,
  type CookieModeGateway,
  type HeaderLine,
} from './support/cookie-mode.js';

const ALLOWED_ORIGIN = 'https://app.example.com';
const LOGIN = 'mutation { login }';

/** What a page can have a browser send without a preflight. */
interface ForeignRequest extends RequestInit {
  readonly headers?: Readonly<Record<string, string>>;
}

describe('cookie mode among origins', () => {
  let gateway: CookieModeGateway;

  beforeAll(async () => {
    gateway = await startCookieMode({ corsOrigins: [ALLOWED_ORIGIN] });
  });

  afterAll(async () => {
    await gateway.stop();
  });

  const sendFrom = (headersOf: (ownHost: string) => readonly HeaderLine[]) =>
    gateway.send(LOGIN, [COOKIE_MODE, ['cookie', COOKIE], ...headersOf(new URL(gateway.url).host)]);

  it.each<readonly [string, (ownHost: string) => readonly HeaderLine[]]>([
    ['no origin, which no browser leaves out', () => []],
    ['a listed origin', () => [['origin', ALLOWED_ORIGIN]]],
    [
      'a listed origin of another site',
      () => [
        ['origin', ALLOWED_ORIGIN],
        ['sec-fetch-site', 'cross-site'],
      ],
    ],
    ['the own host, by a browser without Fetch Metadata', (host) => [['origin', `http://${host}`]]],
    ['the own host behind TLS', (host) => [['origin', `https://${host}`]]],
    [
      "the own origin by the browser's word, though a proxy has changed the host",
      () => [
        ['origin', 'https://api.example.com'],
        ['sec-fetch-site', 'same-origin'],
      ],
    ],
  ])('works from %s', async (_name, headersOf) => {
    expect(await sendFrom(headersOf)).toMatchObject({ status: 200, atSessions: [{ cookie: COOKIE }] });
  });

  it.each<readonly [string, (ownHost: string) => readonly HeaderLine[]]>([
    [
      'the own host over plain HTTP, unless it is this machine',
      () => [
        ['host', 'app.example.com'],
        ['origin', 'http://app.example.com'],
      ],
    ],
    ['another origin', () => [['origin', 'https://evil.example']]],
    ['a page without an origin of its own', () => [['origin', 'null']]],
    ['an empty origin', () => [['origin', '']]],
    ['a host that begins like a listed one', () => [['origin', `${ALLOWED_ORIGIN}.evil.example`]]],
    ['a listed host without TLS', () => [['origin', 'http://app.example.com']]],
    ['another port of the own host', (host) => [['origin', `http://${host.replace(/\d+$/, '1')}`]]],
    [
      'the own host by its name, but not by the word of the browser',
      (host) => [
        ['origin', `http://${host}`],
        ['sec-fetch-site', 'same-site'],
      ],
    ],
    [
      'a host that no trusted proxy has named',
      () => [
        ['origin', 'https://evil.example'],
        ['x-forwarded-host', 'evil.example'],
      ],
    ],
    [
      'two origins at once',
      (host) => [
        ['origin', `http://${host}`],
        ['origin', 'https://evil.example'],
      ],
    ],
  ])('is refused to %s', async (_name, headersOf) => {
    expect(await sendFrom(headersOf)).toMatchObject({
      status: 403,
      body: { errors: [{ extensions: { code: 'FORBIDDEN' } }] },
      cookies: [],
      atSessions: [],
    });
  });

  it.each<readonly [string, string, ForeignRequest]>([
    ['a link', `?query=${encodeURIComponent('{ me }')}`, {}],
    ['a mutation by GET', `?query=${encodeURIComponent(LOGIN)}`, { headers: { 'content-type': 'application/json' } }],
    ['a form', '', { method: 'POST', body: new URLSearchParams({ query: LOGIN }) }],
    ['a form with files', '', { method: 'POST', body: filesForm() }],
    [
      'a form of plain text that reads as JSON',
      '',
      { method: 'POST', body: `{"query":"${LOGIN}","x":"="}`, headers: { 'content-type': 'text/plain' } },
    ],
    ['a beacon without a type', '', { method: 'POST', body: new Blob([`{"query":"${LOGIN}"}`]) }],
  ])('%s of a foreign page does nothing', async (_name, search, init) => {
    const before = gateway.countCalls();
    const headers = { ...init.headers, cookie: COOKIE, origin: 'https://evil.example' };
    const response = await fetch(`${gateway.url}/graphql${search}`, { ...init, headers });
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(response.headers.has('access-control-allow-origin')).toBe(false);
    expect(gateway.countCalls()).toBe(before);
  });

  it('a query by GET sets no cookie, and nobody may store its answer', async () => {
    const headers = { 'x-session-transport': 'cookie', 'apollo-require-preflight': '1', cookie: COOKIE };
    const response = await fetch(`${gateway.url}/graphql?query={me}`, { headers });
    expect(await response.json()).toEqual({ data: { me: 'ada' } });
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  const askFrom = (origin: string, method: string, url = gateway.url) =>
    fetch(`${url}/graphql`, {
      method,
      headers: {
        origin,
        'content-type': 'application/json',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type,x-session-transport',
      },
      ...(method === 'POST' ? { body: '{"query":"{ me }"}' } : {}),
    });

  it.each(['OPTIONS', 'POST'])('a listed origin may send the cookie along and is named: %s', async (method) => {
    const { headers } = await askFrom(ALLOWED_ORIGIN, method);
    expect(headers.get('access-control-allow-origin')).toBe(ALLOWED_ORIGIN);
    expect(headers.get('access-control-allow-credentials')).toBe('true');
    expect(headers.get('vary')).toMatch(/\borigin\b/i);
  });

  it('a listed origin may ask for cookie mode', async () => {
    const { headers } = await askFrom(ALLOWED_ORIGIN, 'OPTIONS');
    expect(headers.get('access-control-allow-headers')?.split(', ')).toContain('x-session-transport');
  });

  it.each(['https://evil.example', 'null', '*', `${ALLOWED_ORIGIN}.evil.example`, 'https://APP.example.com'])(
    'CORS says nothing to %s',
    async (origin) => {
      for (const method of ['OPTIONS', 'POST']) {
        const { headers } = await askFrom(origin, method);
        expect([...headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
        expect(headers.get('vary')).toMatch(/\borigin\b/i);
      }
    },
  );

  it('without cookie mode no origin may send cookies along', async () => {
    const plain = await startCookieMode({ refreshCookieSubgraph: null, corsOrigins: [ALLOWED_ORIGIN] });
    const answers = await Promise.all(['OPTIONS', 'POST'].map((method) => askFrom(ALLOWED_ORIGIN, method, plain.url)));
    await plain.stop();
    for (const { headers } of answers) {
      expect(headers.get('access-control-allow-origin')).toBe(ALLOWED_ORIGIN);
      expect(headers.has('access-control-allow-credentials')).toBe(false);
    }
  });
});

function filesForm(): FormData {
  const form = new FormData();
  form.set('operations', `{"query":"${LOGIN}"}`);
  return form;
}
