import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  COOKIE,
  COOKIE_MODE,
  DEVICE,
  PROOFS,
  SET_COOKIE,
  SET_DEVICE,
  startCookieMode,
  TOKEN,
  type CookieModeGateway,
  type HeaderLine,
} from './support/cookie-mode.js';

const LOGIN = 'mutation { login }';
const WITH_COOKIE = [COOKIE_MODE, ['cookie', COOKIE]] as const;

describe('cookie mode at the gateway', () => {
  let gateway: CookieModeGateway;

  beforeAll(async () => {
    gateway = await startCookieMode();
  });

  afterAll(async () => {
    await gateway.stop();
  });

  beforeEach(() => {
    Object.assign(gateway.cookies, { sessions: () => [SET_COOKIE], other: () => [] });
  });

  it('shows the cookie to the subgraph that keeps sessions, and its answer to the browser', async () => {
    expect(await gateway.send(LOGIN, WITH_COOKIE)).toEqual({
      status: 200,
      body: { data: { login: true } },
      cookies: [SET_COOKIE],
      atSessions: [{ cookie: COOKIE, 'x-session-transport': 'cookie' }],
      atOther: [],
    });
  });

  it('does nothing with cookies unless the client asks for it', async () => {
    const answer = await gateway.send(LOGIN, [['cookie', COOKIE]]);
    expect(answer).toMatchObject({ status: 200, cookies: [], atSessions: [{}] });
    expect(answer.atSessions[0]).toEqual({});
  });

  it('keeps queries and other subgraphs out of it', async () => {
    gateway.cookies.other = () => [SET_COOKIE.replace(TOKEN, 'of-another')];
    expect(await gateway.send('{ me hello }', WITH_COOKIE)).toEqual({
      status: 200,
      body: { data: { me: 'ada', hello: 'hello' } },
      cookies: [],
      atSessions: [{}],
      atOther: [{}],
    });
    const mixed = await gateway.send('mutation { login change { id } }', WITH_COOKIE);
    expect(mixed.cookies).toEqual([SET_COOKIE]);
    expect(mixed.atOther).toEqual([{}]);
  });

  it("keeps what a mutation's answer fetches of entities out of it", async () => {
    expect(await gateway.send('mutation { change { name } }', WITH_COOKIE)).toEqual({
      status: 200,
      body: { data: { change: { name: 'Ada' } } },
      cookies: [],
      atSessions: [{}],
      atOther: [{}],
    });
  });

  it.each(['mutation { rename }', 'mutation { login: rename }'])(
    'keeps mutations out of it that have nothing to do with sessions: %s',
    async (query) => {
      const { status, cookies, atSessions } = await gateway.send(query, WITH_COOKIE);
      expect({ status, cookies, atSessions }).toEqual({ status: 200, cookies: [], atSessions: [{}] });
    },
  );

  it('sets the last cookie when one operation asks the session subgraph twice', async () => {
    gateway.cookies.sessions = (body) => [SET_COOKIE.replace(TOKEN, body.includes('login') ? 'first' : 'second')];
    const answer = await gateway.send('mutation { login change { id } logout }', WITH_COOKIE);
    expect(answer.atSessions).toHaveLength(2);
    expect(answer.cookies).toEqual([SET_COOKIE.replace(TOKEN, 'second')]);
  });

  it('shows what the device is known by to the mutations that ask for a password, and to no others', async () => {
    gateway.cookies.sessions = () => [SET_DEVICE, SET_COOKIE];
    const both = [COOKIE_MODE, ['cookie', `${DEVICE}; ${COOKIE}`]] as const;
    const alone = [COOKIE_MODE, ['cookie', DEVICE]] as const;
    const asked = { cookie: `${COOKIE}; ${DEVICE}`, 'x-session-transport': 'cookie' };
    for (const mutation of ['login', 'register', 'register: login', 'rename register'])
      expect(await gateway.send(`mutation { ${mutation} }`, both)).toMatchObject({
        cookies: [SET_COOKIE, SET_DEVICE],
        atSessions: [asked],
      });
    expect((await gateway.send(LOGIN, alone)).atSessions).toEqual([{ ...asked, cookie: DEVICE }]);

    const other = await gateway.send('mutation { logout }', both);
    expect(other).toMatchObject({ cookies: [SET_COOKIE], atSessions: [{ ...asked, cookie: COOKIE }] });
    expect((await gateway.send('mutation { logout }', alone)).atSessions).toEqual([
      { 'x-session-transport': 'cookie' },
    ]);
    for (const query of ['{ me }', 'mutation { rename }', 'mutation { login: rename }']) {
      const { cookies, atSessions } = await gateway.send(query, both);
      expect({ query, cookies, atSessions }).toEqual({ query, cookies: [], atSessions: [{}] });
    }
    expect((await gateway.send(LOGIN, [['cookie', DEVICE]])).atSessions[0]).toEqual({});
  });

  it('keeps what one mutation has set of the device when the next sets the refresh token alone', async () => {
    gateway.cookies.sessions = (body) =>
      body.includes('login') ? [SET_COOKIE.replace(TOKEN, 'first'), SET_DEVICE] : [SET_COOKIE.replace(TOKEN, 'second')];
    const answer = await gateway.send('mutation { login change { id } logout }', WITH_COOKIE);
    expect(answer.cookies).toEqual([SET_COOKIE.replace(TOKEN, 'second'), SET_DEVICE]);
  });

  it.each<readonly [string, readonly string[]]>([
    ['one in another case', [DEVICE.replace('H', 'h')]],
    ['one of a longer name', [`x${DEVICE}; ${DEVICE.replace('=', '2=')}`]],
    ['an empty value', ['__Host-device=']],
    ['two of its name', [`${DEVICE}; __Host-device=other`]],
    ['two in two header lines', [DEVICE, DEVICE]],
    ['a quoted value', [`__Host-device="${PROOFS}"`]],
    ['a percent-encoded value', [`${DEVICE}%20`]],
    ['an oversized value', [`__Host-device=${'A'.repeat(641)}`]],
  ])('takes for nothing that a device is known by: %s', async (_name, cookies) => {
    const answer = await gateway.send(LOGIN, [
      COOKIE_MODE,
      ['cookie', COOKIE],
      ...cookies.map((value): HeaderLine => ['cookie', value]),
    ]);
    expect(answer.status).toBe(200);
    expect(answer.atSessions).toEqual([{ cookie: COOKIE, 'x-session-transport': 'cookie' }]);
  });

  it('takes the refresh token from among other cookies, which stay behind', async () => {
    const answer = await gateway.send(LOGIN, [COOKIE_MODE, ['cookie', `theme=dark;${COOKIE};  a="b; c=d"`]]);
    expect(answer.atSessions).toEqual([{ cookie: COOKIE, 'x-session-transport': 'cookie' }]);
  });

  it.each<readonly [string, readonly string[]]>([
    ['none', []],
    ['others only', ['theme=dark; refresh-token=x']],
    ['one in another case', [`__host-refresh-token=${TOKEN}`]],
    ['one of a longer name', [`x__Host-refresh-token=${TOKEN}; __Host-refresh-token2=${TOKEN}`]],
    ['an empty value', ['__Host-refresh-token=']],
    ['two of its name', [`${COOKIE}; __Host-refresh-token=other`]],
    ['the same twice', [`${COOKIE}; ${COOKIE}`]],
    ['two in two header lines', [COOKIE, COOKIE]],
    ['a quoted value', [`__Host-refresh-token="${TOKEN}"`]],
    ['a percent-encoded value', [`__Host-refresh-token=${TOKEN}%20`]],
    ['a value with a space', ['__Host-refresh-token=a b']],
    ['a comma in place of the semicolon', [`${COOKIE}, a=b`]],
    ['an oversized value', [`__Host-refresh-token=${'A'.repeat(4_000)}`]],
  ])('takes for no refresh token: %s', async (_name, cookies) => {
    const lines = cookies.map((value): HeaderLine => ['cookie', value]);
    const answer = await gateway.send(LOGIN, [COOKIE_MODE, ...lines]);
    expect(answer.status).toBe(200);
    expect(answer.atSessions).toEqual([{ 'x-session-transport': 'cookie' }]);
  });

  it.each<readonly [string, readonly string[], readonly string[]]>([
    ['none', [], []],
    ['one of another name', [SET_COOKIE.replace('__Host-refresh-token', 'session')], []],
    ['one of a longer name', [SET_COOKIE.replace('=', '2=')], []],
    ['one among others', ['a=1', SET_COOKIE, 'b=2'], [SET_COOKIE]],
    ['that of the device beside it', [SET_COOKIE, 'a=1', SET_DEVICE], [SET_COOKIE, SET_DEVICE]],
    ['that of the device alone', [SET_DEVICE, SET_DEVICE.replace('=', '2=')], [SET_DEVICE]],
    ['the last of several of the device', [SET_DEVICE.replace(TOKEN, 'first'), SET_DEVICE], [SET_DEVICE]],
    ['the last of several', [SET_COOKIE.replace(TOKEN, 'first'), SET_COOKIE], [SET_COOKIE]],
  ])('hands on of the cookies that the session subgraph sets: %s', async (_name, set, expected) => {
    gateway.cookies.sessions = () => set;
    expect((await gateway.send(LOGIN, WITH_COOKIE)).cookies).toEqual(expected);
  });

  it.each(['Cookie', 'cookie, cookie', 'body', ''])('refuses to guess what the header "%s" asks for', async (value) => {
    expect(
      await gateway.send(LOGIN, [
        ['x-session-transport', value],
        ['cookie', COOKIE],
      ]),
    ).toMatchObject({
      status: 400,
      body: { errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] },
      cookies: [],
      atSessions: [],
    });
  });

  it('stops the boot when there is no subgraph of the name', async () => {
    await expect(startCookieMode({ refreshCookieSubgraph: 'session' })).rejects.toThrow('- REFRESH_COOKIE_SUBGRAPH');
  });

  it('is refused when it is not switched on, so that no token ends up where the page did not want it', async () => {
    const plain = await startCookieMode({ refreshCookieSubgraph: null });
    const refused = await plain.send(LOGIN, WITH_COOKIE);
    const unasked = await plain.send(LOGIN, [['cookie', COOKIE]]);
    await plain.stop();
    expect(refused).toMatchObject({ status: 400, cookies: [], atSessions: [] });
    expect(unasked).toMatchObject({ status: 200, cookies: [] });
    expect(unasked.atSessions).toEqual([{}]);
  });
});
