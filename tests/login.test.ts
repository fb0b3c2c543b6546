import { createClient } from '@identity/client/client';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { refusalsOf, refusedEverywhere } from './harness/access.js';
import { bearer, sendGraphql, summaryOf } from './harness/graphql.js';
import { registerSomebody, type Person } from './harness/people.js';
import { startStack, type TestStack } from './harness/stack.js';

const LOGIN = `mutation ($identifier: String!, $password: String!) {
  login(input: { identifier: $identifier, password: $password }) {
    user { id } tokens { accessToken } userErrors { __typename code message path }
  }
}`;

describe('logging in', () => {
  let stack: TestStack;

  beforeAll(async () => {
    stack = await startStack();
  });

  afterAll(async () => {
    await stack.close();
  });

  async function login(identifier: string, password: string, deviceName?: string) {
    const { data, errors } = await stack.client.login({
      input: { identifier, password, ...(deviceName === undefined ? {} : { deviceName }) },
    });
    expect(errors).toBeUndefined();
    if (data == null) throw new Error('there are neither data nor errors');
    return data.login;
  }

  /** Somebody who has logged in, as `refusalsOf` wants them. */
  async function opened(person: Person, password = person.password) {
    const { tokens, userErrors } = await login(person.username, password);
    expect(userErrors).toEqual([]);
    return { id: person.id, client: stack.client.withAccessToken(tokens?.accessToken ?? '') };
  }

  const codesOf = (userErrors: readonly { readonly code: string; readonly path?: readonly string[] | null }[]) =>
    userErrors.map(({ code, path }) => [path?.join('.'), code].filter((part) => part !== undefined).join(' '));

  it.each([
    ['the e-mail address', 'Nora.N@Example.com'],
    ['the address in another case', 'nora.n@EXAMPLE.COM'],
    ['the address with spaces around it', '  nora.n@example.com\t'],
    ['the address in wide letters', '\uFF4Eora.n\uFF20example.com'],
    ['the username', 'Nora-N'],
    ['the username in another case', 'nORA-n'],
    ['the username with spaces around it', ' nora-n '],
  ])('takes %s', async (_what, identifier) => {
    const password = 'window seat 42 B';
    await stack.client.register({ input: { username: 'Nora-N', email: 'Nora.N@Example.com', password } });
    const { user, tokens, userErrors } = await login(identifier, password);
    expect(userErrors).toEqual([]);
    expect(user).toMatchObject({ username: 'Nora-N', email: 'Nora.N@Example.com', roles: ['USER'], status: 'ACTIVE' });
    const client = stack.client.withAccessToken(tokens?.accessToken ?? '');
    expect(await refusalsOf({ client, id: user?.id ?? '' })).toEqual([]);
  });

  it('says the same, to the byte, of a wrong password and of somebody unknown', async () => {
    const ada = await registerSomebody(stack.client);
    const attempts = [
      { identifier: ada.username, password: 'not the password' },
      { identifier: ada.email, password: 'not the password' },
      { identifier: 'nobody-of-that-name', password: 'not the password' },
      { identifier: 'nobody@example.com', password: 'not the password' },
      { identifier: 'nobody-of-that-name', password: ada.password },
      { identifier: ada.id, password: ada.password },
      { identifier: '', password: '' },
      { identifier: ada.username, password: '' },
      { identifier: ada.username, password: 'x'.repeat(5_000) },
      { identifier: 'x'.repeat(5_000), password: ada.password },
      { identifier: '@', password: ada.password },
      { identifier: `${ada.username}\u0000`, password: ada.password },
      { identifier: '\uD800', password: ada.password },
    ];
    const answers = await Promise.all(
      attempts.map((variables) => sendGraphql(stack.services.gateway.url, { query: LOGIN, variables })),
    );
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(answers[0]?.data).toEqual({
      login: {
        user: null,
        tokens: null,
        userErrors: [
          { __typename: 'InputError', code: 'INVALID_CREDENTIALS', message: expect.any(String), path: null },
        ],
      },
    });
    // The headers tell nothing either.
    const headers = answers.map((answer) => [...answer.headers.keys()].sort().join());
    expect(new Set(headers).size).toBe(1);
  });

  it('notes where the session was opened from', async () => {
    const ada = await registerSomebody(stack.client);
    const client = createClient({
      url: `${stack.services.gateway.url}/graphql`,
      // No proxy is trusted by default: what a client claims is not its address.
      headers: { 'user-agent': 'Lynx/2.9 (käse)'.normalize('NFC'), 'x-forwarded-for': '203.0.113.7' },
    });
    const { data } = await client.login({
      input: { identifier: ada.username, password: ada.password, deviceName: ' Küchen-Tablet 🍳 ' },
    });
    const mine = stack.client.withAccessToken(data?.login.tokens?.accessToken ?? '');
    const sessions = (await mine.mySessions()).data?.me?.sessions?.nodes;
    expect(sessions).toHaveLength(2);
    expect(sessions?.[0]).toMatchObject({ current: true, deviceName: 'Küchen-Tablet 🍳', ipAddress: '127.0.0.1' });
    expect(sessions?.[0]?.userAgent).toMatch(/^Lynx\/2\.9 /);
    expect(sessions?.[1]).toMatchObject({ current: false, deviceName: null });
  });

  it('keeps the beginning of a long user agent', async () => {
    const ada = await registerSomebody(stack.client);
    const client = createClient({
      url: `${stack.services.gateway.url}/graphql`,
      headers: { 'user-agent': 'x'.repeat(2_000) },
    });
    const { data } = await client.login({ input: { identifier: ada.username, password: ada.password } });
    const mine = stack.client.withAccessToken(data?.login.tokens?.accessToken ?? '');
    expect((await mine.mySessions()).data?.me?.sessions?.nodes[0]?.userAgent).toBe('x'.repeat(512));
  });

  it('refuses a device name that is none', async () => {
    const ada = await registerSomebody(stack.client);
    const { tokens, userErrors } = await login(ada.username, ada.password, 'd'.repeat(101));
    expect(tokens).toBeNull();
    expect(codesOf(userErrors)).toEqual(['deviceName INVALID_INPUT']);
  });

  it('opens twenty sessions for twenty logins at once', async () => {
    const ada = await registerSomebody(stack.client);
    const logins = await Promise.all(
      Array.from({ length: 20 }, (_unused, index) => login(ada.username, ada.password, `device ${index}`)),
    );
    expect(logins.flatMap(({ userErrors }) => userErrors)).toEqual([]);
    expect(new Set(logins.map(({ tokens }) => tokens?.refreshToken)).size).toBe(20);
    const sessions = (await ada.client.mySessions({ first: 100 })).data?.me?.sessions;
    expect(sessions?.totalCount).toBe(21);
    expect(sessions?.nodes.map(({ deviceName }) => deviceName ?? '').sort()).toEqual(
      ['', ...Array.from({ length: 20 }, (_unused, index) => `device ${index}`)].sort(),
    );
  });

  it('shows the account to whoever has just proven to be it, but not what another subgraph protects', async () => {
    const ada = await registerSomebody(stack.client);
    const fields = 'email profile { displayName bio }';
    const ask = (selection: string) =>
      sendGraphql(stack.services.gateway.url, {
        query: `mutation { login(input: { identifier: "${ada.username}", password: "${ada.password}" }) {
          user { ${selection} }
        } }`,
      });
    const plain = await ask(fields);
    expect(plain.errors).toEqual([]);
    expect(plain.data).toEqual({ login: { user: { email: ada.email, profile: { displayName: null, bio: '' } } } });

    const protectedToo = await ask(`${fields} more: profile { preferences { theme } }`);
    expect(protectedToo.data).toEqual({
      login: { user: { email: ada.email, profile: { displayName: null, bio: '' }, more: { preferences: null } } },
    });
    expect(summaryOf(protectedToo.errors)).toEqual(['login.user.more.preferences FORBIDDEN']);
  });

  it('ends the session that it is made in, whoever has it, and no other', async () => {
    const [ada, bob] = [await registerSomebody(stack.client), await registerSomebody(stack.client)];
    const [first, second, ofBob] = [await opened(ada), await opened(ada), await opened(bob)];
    for (const current of [first, ofBob]) {
      const input = { identifier: ada.username, password: 'not the password' };
      expect((await current.client.login({ input })).data?.login.tokens).toBeNull();
      expect(await refusalsOf(current)).toEqual([]);

      const { data } = await current.client.login({ input: { ...input, password: ada.password } });
      expect(await refusalsOf(current)).toEqual(refusedEverywhere('TOKEN_REVOKED'));
      const replacement = stack.client.withAccessToken(data?.login.tokens?.accessToken ?? '');
      expect(await refusalsOf({ client: replacement, id: ada.id })).toEqual([]);
    }
    for (const untouched of [ada, second, bob]) expect(await refusalsOf(untouched)).toEqual([]);
  });

  it('accepts the token that it has ended for nothing more of the same operation', async () => {
    const ada = await registerSomebody(stack.client);
    const { data, errors } = await sendGraphql(stack.services.gateway.url, {
      query: `mutation {
        login(input: { identifier: "${ada.username}", password: "${ada.password}" }) { user { id } }
        logout { revokedSessionCount }
      }`,
      headers: bearer(ada.accessToken),
    });
    expect(data).toBeNull();
    expect(summaryOf(errors)).toEqual(['logout UNAUTHENTICATED TOKEN_REVOKED']);
  });

  it('does not mind a bad token in the header', async () => {
    const ada = await registerSomebody(stack.client);
    const answer = await sendGraphql(stack.services.gateway.url, {
      query: LOGIN,
      variables: { identifier: ada.username, password: ada.password },
      headers: bearer('garbage'),
    });
    expect(answer.errors).toEqual([]);
    expect(answer.data).toMatchObject({ login: { user: { id: ada.id }, userErrors: [] } });
  });

  it('logs neither password nor address nor token', async () => {
    const secrets = { username: 'sec.ret', email: 'se.cret@example.com', password: 'Hush-hush 77 velvet' };
    const { data } = await stack.client.register({ input: secrets });
    const again = await login(secrets.email, secrets.password);
    await login(secrets.email, `${secrets.password}!`);
    const values = [
      secrets.email,
      secrets.password,
      data?.register.tokens?.accessToken,
      data?.register.tokens?.refreshToken,
      again.tokens?.accessToken,
      again.tokens?.refreshToken,
    ];
    expect(values).not.toContain(undefined);
    expect(stack.logs.filter((line) => values.some((value) => line.includes(String(value))))).toEqual([]);
  });

  describe('with a changed password', () => {
    const NEW_PASSWORD = 'marble staircase 31';

    it('takes the new one and no longer the old one, and has ended every other session', async () => {
      const ada = await registerSomebody(stack.client);
      const others = [await opened(ada), await opened(ada)];
      const eve = await registerSomebody(stack.client);
      const { data, errors } = await ada.client.changePassword({
        input: { currentPassword: ada.password, newPassword: NEW_PASSWORD },
      });
      expect(errors).toBeUndefined();
      expect(data?.changePassword).toMatchObject({
        user: { id: ada.id, email: ada.email },
        revokedSessionCount: 2,
        userErrors: [],
      });
      expect(await refusalsOf(ada)).toEqual([]);
      for (const other of others) expect(await refusalsOf(other)).toEqual(refusedEverywhere('TOKEN_REVOKED'));
      expect(await refusalsOf(eve)).toEqual([]);
      expect((await ada.client.mySessions()).data?.me?.sessions?.totalCount).toBe(1);

      expect(codesOf((await login(ada.username, ada.password)).userErrors)).toEqual(['INVALID_CREDENTIALS']);
      expect(await refusalsOf(await opened(ada, NEW_PASSWORD))).toEqual([]);
      // The session that changed it goes on.
      const refreshed = await stack.client.refreshSession({ input: { refreshToken: ada.refreshToken } });
      expect(refreshed.data?.refreshSession.userErrors).toEqual([]);
    });

    it.each<[string, (ada: Person) => { currentPassword?: string; newPassword?: string }, readonly string[]]>([
      [
        'the current one is wrong',
        () => ({ currentPassword: 'not the password' }),
        ['currentPassword INVALID_CREDENTIALS'],
      ],
      ['the current one is empty', () => ({ currentPassword: '' }), ['currentPassword INVALID_CREDENTIALS']],
      [
        'the current one is endless',
        () => ({ currentPassword: 'x'.repeat(5_000) }),
        ['currentPassword INVALID_CREDENTIALS'],
      ],
      ['the new one is short', () => ({ newPassword: 'k3#' }), ['newPassword PASSWORD_POLICY']],
      ['the new one is common', () => ({ newPassword: 'password1' }), ['newPassword PASSWORD_POLICY']],
      [
        'the new one is the username',
        ({ username }) => ({ newPassword: `${username}!` }),
        ['newPassword PASSWORD_POLICY'],
      ],
      // Whoever does not know the current one learns nothing about the new one.
      [
        'both are wrong',
        () => ({ currentPassword: 'not the password', newPassword: 'k3#' }),
        ['currentPassword INVALID_CREDENTIALS'],
      ],
    ])('changes nothing when %s', async (_what, change, expected) => {
      const ada = await registerSomebody(stack.client);
      const other = await opened(ada);
      const { data, errors } = await ada.client.changePassword({
        input: { currentPassword: ada.password, newPassword: NEW_PASSWORD, ...change(ada) },
      });
      expect(errors).toBeUndefined();
      expect(data?.changePassword).toMatchObject({ user: null, revokedSessionCount: 0 });
      expect(codesOf(data?.changePassword.userErrors ?? [])).toEqual(expected);
      expect(await refusalsOf(other)).toEqual([]);
      expect(await refusalsOf(await opened(ada))).toEqual([]);
    });

    it('lets one of several changes at once win, and leaves no session that the winner did not see', async () => {
      const ada = await registerSomebody(stack.client);
      const clients = [ada, await opened(ada), await opened(ada), await opened(ada)];
      const answers = await Promise.all(
        clients.map(({ client }, index) =>
          client.changePassword({ input: { currentPassword: ada.password, newPassword: `${NEW_PASSWORD} ${index}` } }),
        ),
      );
      const winners = answers.flatMap(({ data }, index) => (data?.changePassword.user == null ? [] : [index]));
      expect(winners).toHaveLength(1);
      const alive = await Promise.all(clients.map(async (client) => (await refusalsOf(client)).length === 0));
      expect(alive).toEqual(clients.map((_client, index) => index === winners[0]));
      const accepted = await Promise.all(
        clients.map(async (_client, index) => (await login(ada.username, `${NEW_PASSWORD} ${index}`)).user !== null),
      );
      expect(accepted).toEqual(clients.map((_client, index) => index === winners[0]));
    });

    it('needs a token', async () => {
      const { errors } = await stack.client.changePassword({
        input: { currentPassword: 'whatever it is', newPassword: NEW_PASSWORD },
      });
      expect(summaryOf(errors)).toEqual(['changePassword UNAUTHENTICATED TOKEN_MISSING']);
    });
  });

  it('hashes the password anew when more effort is asked for, and still takes it', async () => {
    const [ada, eve] = [await registerSomebody(stack.client), await registerSomebody(stack.client)];
    const hashOf = async ({ id }: Person) =>
      JSON.stringify(await stack.sql('auth', 'SELECT password_hash FROM accounts WHERE id = ?', [id]));
    expect(await hashOf(ada)).toContain('$04$');

    await stack.restart({ BCRYPT_COST: '5' });
    expect((await login(ada.username, 'not the password')).user).toBeNull();
    expect(await hashOf(ada)).toContain('$04$');
    // Two at once: both get in, and the hash is replaced once.
    const logins = await Promise.all([login(ada.username, ada.password), login(ada.username, ada.password)]);
    expect(logins.map(({ user }) => user?.id)).toEqual([ada.id, ada.id]);
    const renewed = await hashOf(ada);
    expect(renewed).toContain('$05$');
    expect((await login(ada.email, ada.password)).user?.id).toBe(ada.id);
    expect(await hashOf(ada)).toBe(renewed);
    expect(await hashOf(eve)).toContain('$04$');

    // Less effort is never a reason.
    await stack.restart({ BCRYPT_COST: '4' });
    expect((await login(ada.username, ada.password)).user?.id).toBe(ada.id);
    expect(await hashOf(ada)).toBe(renewed);
  });
});
