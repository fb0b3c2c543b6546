import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { refusalsOf } from './harness/access.js';
import { startStack, type TestStack } from './harness/stack.js';

type RegisterInput = Parameters<TestStack['client']['register']>[0]['input'];

/** Good enough for anybody, and nobody's name is in it. */
const PASSWORD = 'window seat 42 B';

describe('registering', () => {
  let stack: TestStack;
  let counter = 0;

  beforeAll(async () => {
    stack = await startStack();
  });

  afterAll(async () => {
    await stack.close();
  });

  /** An input that would be accepted, but for what is changed. */
  function input(changes: Partial<RegisterInput> = {}): RegisterInput {
    counter += 1;
    return { username: `user-${counter}`, email: `mail${counter}@example.com`, password: PASSWORD, ...changes };
  }

  async function register(changes: Partial<RegisterInput> = {}) {
    const { data, errors } = await stack.client.register({ input: input(changes) });
    expect(errors).toBeUndefined();
    if (data == null) throw new Error('there are neither data nor errors');
    return data.register;
  }

  /** What is wrong, as `path CODE`, with the violations of a password. */
  async function problemsOf(changes: Partial<RegisterInput>): Promise<readonly string[]> {
    const { user, tokens, userErrors } = await register(changes);
    if (userErrors.length > 0) expect({ user, tokens }).toEqual({ user: null, tokens: null });
    else expect({ user, tokens }).toEqual({ user: expect.anything(), tokens: expect.anything() });
    return userErrors.map((error) =>
      [error.path?.join('.'), error.code, ...('violations' in error ? error.violations : [])].join(' '),
    );
  }

  /** Registers all at once. Every one must get an answer of the contract. */
  async function race(changes: readonly Partial<RegisterInput>[]) {
    const answers = await Promise.all(changes.map((change) => stack.client.register({ input: input(change) })));
    const outcomes = answers.map(({ data, errors }) => {
      if (errors !== undefined) return errors.map(({ extensions }) => extensions.code).join();
      const codes = data?.register.userErrors.map(({ code }) => code).join() ?? '';
      return codes === '' ? 'registered' : codes;
    });
    const count = (outcome: string) => outcomes.filter((other) => other === outcome).length;
    return {
      registered: answers.flatMap(({ data }) => data?.register.user ?? []),
      others: [...new Set(outcomes)].filter((outcome) => outcome !== 'registered'),
      count,
    };
  }

  async function countAccounts(): Promise<number> {
    return (await stack.sql('auth', 'SELECT id FROM accounts')).length;
  }

  /** The login must find the account; otherwise the spellings were not those of one person. */
  async function findsAccount(identifier: string, id: string | undefined): Promise<void> {
    const { data } = await stack.client.login({ input: { identifier, password: PASSWORD } });
    expect([identifier, data?.login.user?.id]).toEqual([identifier, id]);
  }

  it('opens an account and its first session, whose tokens work', async () => {
    const { user, tokens, userErrors } = await register({
      username: 'Marie.C',
      email: 'Marie@Example.com',
      deviceName: 'notebook',
    });
    expect(userErrors).toEqual([]);
    expect(user).toMatchObject({
      username: 'Marie.C',
      email: 'Marie@Example.com',
      emailVerified: false,
      roles: ['USER'],
      status: 'ACTIVE',
      twoFactorEnabled: false,
      profile: { displayName: null, bio: '', version: 0 },
    });
    const client = stack.client.withAccessToken(tokens?.accessToken ?? '');
    expect(await refusalsOf({ client, id: user?.id ?? '' })).toEqual([]);
    const sessions = (await client.mySessions()).data?.me?.sessions;
    expect(sessions?.nodes).toMatchObject([{ current: true, deviceName: 'notebook' }]);
    const refreshed = await stack.client.refreshSession({ input: { refreshToken: tokens?.refreshToken ?? '' } });
    expect(refreshed.data?.refreshSession.userErrors).toEqual([]);
  });

  it('gives an e-mail address to one of forty who want it at once, however they spell it', async () => {
    const composed = 'jos\u00e9.rivi\u00e8re@m\u00fcnchen.example';
    const spellings = [
      composed,
      composed.toUpperCase(),
      composed.normalize('NFD'),
      `  ${composed} `,
      composed.replace('münchen', 'xn--mnchen-3ya'),
      composed.replace('münchen', 'XN--MNCHEN-3YA'),
      composed.replace('@', '\uFF20'),
      `\u3000${composed.normalize('NFD').toUpperCase()}`,
    ];
    const before = await countAccounts();
    const { registered, others, count } = await race(
      Array.from({ length: 40 }, (_, index) => ({ email: spellings[index % 8] ?? '' })),
    );
    expect(registered).toHaveLength(1);
    expect(others).toEqual(['EMAIL_TAKEN']);
    expect(count('EMAIL_TAKEN')).toBe(39);
    expect(await countAccounts()).toBe(before + 1);
    for (const spelling of spellings) await findsAccount(spelling, registered[0]?.id);
    // Whoever comes later finds it taken, too.
    for (const email of spellings) expect(await problemsOf({ email })).toEqual(['email EMAIL_TAKEN']);
  });

  it('gives a username to one of forty who want it at once, however they spell it', async () => {
    const spellings = ['Sofia-K', 'SOFIA-K', 'sofia-k', ' sOfIa-K ', '\uFF33ofia-K'];
    const before = await countAccounts();
    const { registered, others, count } = await race(
      Array.from({ length: 40 }, (_, index) => ({ username: spellings[index % 5] ?? '' })),
    );
    expect(registered).toHaveLength(1);
    expect(others).toEqual(['USERNAME_TAKEN']);
    expect(count('USERNAME_TAKEN')).toBe(39);
    expect(await countAccounts()).toBe(before + 1);
    for (const spelling of spellings) await findsAccount(spelling, registered[0]?.id);
    expect(spellings.map((spelling) => spelling.normalize('NFKC').trim())).toContain(registered[0]?.username);
    for (const username of spellings) expect(await problemsOf({ username })).toEqual(['username USERNAME_TAKEN']);
  });

  it('turns callers away rather than let them wait, and still gives the address to one only', async () => {
    // With nobody allowed to wait, most of the forty are turned away.
    const busy = await startStack({ environment: { PASSWORD_HASH_CONCURRENCY: '1', PASSWORD_HASH_MAX_WAIT_MS: '0' } });
    try {
      const answers = await Promise.all(
        Array.from({ length: 40 }, () => busy.client.register({ input: input({ email: 'wanted@example.com' }) })),
      );
      const codes = answers.flatMap(({ errors = [] }) => errors.map(({ extensions }) => extensions.code));
      expect(new Set(codes)).toEqual(new Set(['RATE_LIMITED']));
      for (const { errors = [] } of answers)
        for (const { extensions } of errors) expect(extensions.retryAfter).toBeGreaterThanOrEqual(1);
      expect(answers.flatMap(({ data }) => data?.register.user ?? [])).toHaveLength(1);
    } finally {
      await busy.close();
    }
  });

  it.each([
    ['an accent', 'a@x.io', 'á@x.io'],
    ['a ligature of its own', 'ae@x.io', 'æ@x.io'],
    ['sharp s', 'strasse@x.io', 'straße@x.io'],
    ['a hyphen', 'ab@x.io', 'a-b@x.io'],
    ['dots', 'ab.c@x.io', 'abc@x.io'],
    ['a tag', 'tag@x.io', 'tag+1@x.io'],
    ['the domain', 'd@x.io', 'd@xn--x-qga.io'],
    ['dotless i', 'i@x.io', 'ı@x.io'],
  ])('keeps two addresses apart that differ by %s', async (_what, one, other) => {
    const [first, second] = [await register({ email: one }), await register({ email: other })];
    expect([...first.userErrors, ...second.userErrors]).toEqual([]);
    await findsAccount(one, first.user?.id);
    await findsAccount(other, second.user?.id);
  });

  it('lists every problem of an input at once', async () => {
    expect(await problemsOf({ username: 'x', email: 'nowhere', password: 'k3#', deviceName: 'd'.repeat(101) })).toEqual(
      [
        'username INVALID_INPUT',
        'email INVALID_INPUT',
        'password PASSWORD_POLICY TOO_SHORT',
        'deviceName INVALID_INPUT',
      ],
    );
    const { username, email } = input();
    await register({ username, email });
    expect(await problemsOf({ username, email })).toEqual(['username USERNAME_TAKEN', 'email EMAIL_TAKEN']);
  });

  it.each(['abc', 'A-b_c.9', 'x'.repeat(30), '---', '  padded  '])('accepts the username %j', async (username) => {
    const { user, userErrors } = await register({ username });
    expect(userErrors).toEqual([]);
    expect(user?.username).toBe(username.trim());
  });

  it.each([
    '',
    'ab',
    '  ab  ',
    'x'.repeat(31),
    'a b c',
    'ada@example',
    'ada/lovelace',
    'b\u00e4r',
    '\u0430dmin',
    'ada\u200b',
    'ada\u0000',
    'ada\nlovelace',
    'ada\uD800',
    '\u{1F98A}\u{1F98A}\u{1F98A}',
  ])('refuses the username %j', async (username) => {
    expect(await problemsOf({ username })).toEqual(['username INVALID_INPUT']);
  });

  it.each([
    `${'a'.repeat(64)}@example.com`,
    'o\u2019neill@example.com',
    'user@sub.domain.example.museum',
    '\u7528\u6237@\u4f8b\u5b50.\u6d4b\u8bd5',
  ])('accepts the address %j', async (email) => {
    expect(await problemsOf({ email })).toEqual([]);
  });

  it.each([
    '',
    ' ',
    'nobody',
    '@example.com',
    'a@',
    'a@b',
    'a@@example.com',
    'a b@example.com',
    'a@exa mple.com',
    'a@example.com, b@example.com',
    'Ada <ada@example.com>',
    `${'a'.repeat(65)}@example.com`,
    `a@${'b'.repeat(250)}.com`,
    `${'\u00e9'.repeat(60)}@${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(60)}.example`,
    'a\u0000@example.com',
    '"quoted local"@example.com',
    '"a\u0000b"@example.com',
    '"a\r\nBcc: eve@example.com"@example.com',
    '"a\tb"@example.com',
    'a@example.com\r\nBcc: eve@example.com',
    '"a\u202Eb"@example.com',
    'a\uD800@example.com',
    'a@xn--a.example',
    'a@xn--zzzzzzzzzz999.example',
  ])('refuses the address %j', async (email) => {
    expect(await problemsOf({ email })).toEqual(['email INVALID_INPUT']);
  });

  it.each([
    ['a plain one', 'laptop'],
    ['an empty one', ''],
    ['one of spaces', '  '],
    ['one of 100 characters of two units each', '\u{1F4BB}'.repeat(100)],
  ])('accepts a device name: %s', async (_what, deviceName) => {
    const { tokens } = await register({ deviceName });
    const sessions = await stack.client.withAccessToken(tokens?.accessToken ?? '').mySessions();
    expect(sessions.data?.me?.sessions?.nodes[0]?.deviceName).toBe(deviceName.trim() === '' ? null : deviceName);
  });

  it.each([
    ['101 characters', 'x'.repeat(101)],
    ['a NUL', 'a\u0000b'],
    ['a line break', 'a\nb'],
    ['half a character', '\uDC00'],
  ])('refuses a device name with %s', async (_what, deviceName) => {
    expect(await problemsOf({ deviceName })).toEqual(['deviceName INVALID_INPUT']);
  });
});
