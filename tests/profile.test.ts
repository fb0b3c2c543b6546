import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bearer, sendGraphql } from './harness/graphql.js';
import { registerSomebody, type Person } from './harness/people.js';
import { startStack, type TestStack } from './harness/stack.js';

const DEFAULTS = {
  displayName: null,
  bio: '',
  avatarUrl: null,
  version: 0,
  updatedAt: null,
  preferences: { theme: 'SYSTEM', locale: 'en', timeZone: 'UTC', emailNotifications: true, custom: {} },
};

/** `{"a":"…"}` with as many bytes as asked for. */
function customOf(bytes: number): { readonly a: string } {
  return { a: 'x'.repeat(bytes - '{"a":""}'.length) };
}

describe('profiles and preferences', () => {
  let stack: TestStack;
  let somebody: () => Promise<Person>;

  beforeAll(async () => {
    stack = await startStack();
    somebody = () => registerSomebody(stack.client);
  });

  afterAll(async () => {
    await stack.close();
  });

  async function profileOf({ client }: Person) {
    return (await client.me()).data?.me?.profile;
  }

  it('show the defaults before the first write', async () => {
    expect(await profileOf(await somebody())).toEqual(DEFAULTS);
  });

  it('keep what is left out, and clear what is null', async () => {
    const ada = await somebody();
    await ada.client.updateProfile({
      input: { displayName: ' Ada ', bio: 'Engines.', avatarUrl: 'https://example.com/a.png' },
    });
    await ada.client.updateProfile({ input: { bio: 'Engines!' } });
    expect(await profileOf(ada)).toMatchObject({
      displayName: 'Ada',
      bio: 'Engines!',
      avatarUrl: 'https://example.com/a.png',
      version: 2,
    });

    await ada.client.updateProfile({ input: { displayName: null, bio: null, avatarUrl: null } });
    expect(await profileOf(ada)).toMatchObject({ displayName: null, bio: '', avatarUrl: null, version: 3 });
  });

  it('set preferences back to their defaults by null', async () => {
    const ada = await somebody();
    await ada.client.updatePreferences({
      input: { theme: 'DARK', locale: 'PT-br', timeZone: 'Europe/Vienna', emailNotifications: false, custom: { a: 1 } },
    });
    expect(await profileOf(ada)).toMatchObject({
      version: 1,
      preferences: {
        theme: 'DARK',
        locale: 'pt-BR',
        timeZone: 'Europe/Vienna',
        emailNotifications: false,
        custom: { a: 1 },
      },
    });
    await ada.client.updatePreferences({
      input: { theme: null, locale: null, timeZone: null, emailNotifications: null, custom: null },
    });
    expect(await profileOf(ada)).toMatchObject({ version: 2, preferences: DEFAULTS.preferences });
  });

  it('write nothing for an empty input', async () => {
    const ada = await somebody();
    expect((await ada.client.updateProfile({ input: {} })).data?.updateProfile.userErrors).toEqual([]);
    expect(await profileOf(ada)).toEqual(DEFAULTS);
  });

  it.each([
    ['displayName', '🦊'.repeat(80), '🦊'.repeat(81)],
    ['displayName', 'O’Neill-Ångström', 'two\nlines'],
    ['bio', 'é'.repeat(2_000), 'é'.repeat(2_001)],
    ['bio', 'two\nlines', 'NUL\u0000'],
    ['avatarUrl', 'http://example.com/a.png', 'javascript:alert(1)'],
    [
      'avatarUrl',
      `https://example.com/${'a'.repeat(2_048 - 'https://example.com/'.length)}`,
      `https://example.com/${'a'.repeat(2_049 - 'https://example.com/'.length)}`,
    ],
    ['avatarUrl', 'https://example.com', '/relative.png'],
    ['avatarUrl', 'https://example.com/ä', 'data:image/png;base64,AAAA'],
  ])('accept of %s what is allowed, and refuse what is not (%#)', async (field, good, bad) => {
    const ada = await somebody();
    const accepted = await ada.client.updateProfile({ input: { [field]: good } });
    expect(accepted.data?.updateProfile.userErrors).toEqual([]);
    expect((await profileOf(ada))?.version).toBe(1);

    const refused = await ada.client.updateProfile({ input: { [field]: bad } });
    expect(refused.data?.updateProfile).toMatchObject({
      user: null,
      userErrors: [{ __typename: 'InputError', code: 'INVALID_INPUT', path: [field] }],
    });
    expect((await profileOf(ada))?.version).toBe(1);
  });

  it.each([
    ['locale', 'zh-Hant-TW', 'not a locale'],
    ['locale', 'en', ''],
    // Canonical spellings can be longer: `sh` is written `sr-Latn`.
    ['locale', `sh-x-${'abcdefgh-'.repeat(5)}abcdefgh`, `sh-x-${'abcdefgh-'.repeat(6)}abcde`],
    ['timeZone', 'America/Argentina/Buenos_Aires', 'Mars/Olympus'],
    ['timeZone', 'UTC', '+01:00'],
    ['custom', customOf(16_384), customOf(16_385)],
    ['custom', {}, { a: 'é'.repeat(8_200) }],
  ])('accept of %s what is allowed, and refuse what is not (%#)', async (field, good, bad) => {
    const ada = await somebody();
    const accepted = await ada.client.updatePreferences({ input: { [field]: good } });
    expect(accepted.data?.updatePreferences.userErrors).toEqual([]);

    const refused = await ada.client.updatePreferences({ input: { [field]: bad } });
    expect(refused.data?.updatePreferences).toMatchObject({
      user: null,
      userErrors: [{ code: 'INVALID_INPUT', path: [field] }],
    });
    expect((await profileOf(ada))?.version).toBe(1);
  });

  it('name every field at fault at once', async () => {
    const ada = await somebody();
    const refused = await ada.client.updateProfile({
      input: { displayName: 'x'.repeat(81), bio: 'x'.repeat(2_001), avatarUrl: 'nowhere', expectedVersion: -1 },
    });
    expect(refused.data?.updateProfile.userErrors.map(({ path }) => path)).toEqual([
      ['displayName'],
      ['bio'],
      ['avatarUrl'],
      ['expectedVersion'],
    ]);
  });

  it('give custom preferences back as they came', async () => {
    const ada = await somebody();
    const parsed: unknown = JSON.parse(
      '{"nested":{"list":[1,2.5,-3e-7,null,true,"é🦊"]},"__proto__":{"polluted":true},"":"empty key","NUL":"\\u0000"}',
    );
    const custom = Object.fromEntries(Object.entries(parsed ?? {}));
    await ada.client.updatePreferences({ input: { custom } });
    expect(JSON.stringify((await profileOf(ada))?.preferences?.custom)).toBe(JSON.stringify(custom));
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });

  it('refuse a write to another version, tell the current one, and write nothing', async () => {
    const ada = await somebody();
    const first = await ada.client.updateProfile({ input: { bio: 'one', expectedVersion: 0 } });
    expect(first.data?.updateProfile.userErrors).toEqual([]);
    const second = await ada.client.updatePreferences({ input: { theme: 'LIGHT', expectedVersion: 1 } });
    expect(second.data?.updatePreferences.userErrors).toEqual([]);

    for (const expectedVersion of [0, 1, 3]) {
      const refused = await ada.client.updateProfile({ input: { bio: 'lost', expectedVersion } });
      expect(refused.data?.updateProfile).toMatchObject({
        user: null,
        userErrors: [
          {
            __typename: 'VersionConflictError',
            code: 'VERSION_CONFLICT',
            path: ['expectedVersion'],
            currentVersion: 2,
          },
        ],
      });
    }
    expect(await profileOf(ada)).toMatchObject({ bio: 'one', version: 2, preferences: { theme: 'LIGHT' } });
  });

  it('tell that an unwritten profile has version 0', async () => {
    const refused = await (await somebody()).client.updateProfile({ input: { bio: 'lost', expectedVersion: 5 } });
    expect(refused.data?.updateProfile.userErrors).toMatchObject([{ currentVersion: 0 }]);
  });

  it('lose none of 20 parallel writes, and answer each with its own version', async () => {
    const ada = await somebody();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_unused, index) =>
        index % 2 === 0
          ? ada.client.updateProfile({ input: { bio: `bio ${String(index)}` } })
          : ada.client.updatePreferences({ input: { custom: { index } } }),
      ),
    );
    expect(answers.flatMap(({ errors }) => errors ?? [])).toEqual([]);
    expect((await profileOf(ada))?.version).toBe(20);
  });

  it('let exactly one of 20 parallel writes to the same version through', async () => {
    for (const before of [0, 1]) {
      const ada = await somebody();
      if (before === 1) await ada.client.updateProfile({ input: { bio: 'first' } });
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_unused, index) =>
          ada.client.updateProfile({ input: { bio: String(index), expectedVersion: before } }),
        ),
      );
      const winners = answers.filter(({ data }) => data?.updateProfile.userErrors.length === 0);
      const losers = answers.filter(({ data }) => data?.updateProfile.userErrors[0]?.code === 'VERSION_CONFLICT');
      expect({ winners: winners.length, losers: losers.length }).toEqual({ winners: 1, losers: 19 });
      expect((await profileOf(ada))?.version).toBe(before + 1);
    }
  });

  it('need an access token to be written', async () => {
    for (const field of ['updateProfile', 'updatePreferences']) {
      const answer = await sendGraphql(stack.services.gateway.url, {
        query: `mutation { ${field}(input: {}) { user { id } } }`,
      });
      expect(answer.errors.map(({ extensions }) => extensions)).toEqual([
        { code: 'UNAUTHENTICATED', reason: 'TOKEN_MISSING' },
      ]);
    }
  });

  it('are read across the graph by anybody with a token, but for the preferences', async () => {
    const [ada, bob] = [await somebody(), await somebody()];
    await ada.client.updateProfile({ input: { bio: 'public' } });
    const answer = await sendGraphql(stack.services.gateway.url, {
      query: 'query ($id: ID!) { user(id: $id) { profile { bio preferences { theme } } } }',
      variables: { id: ada.id },
      headers: bearer(bob.accessToken),
    });
    expect(answer.data).toEqual({ user: { profile: { bio: 'public', preferences: null } } });
    expect(answer.errors).toMatchObject([
      { path: ['user', 'profile', 'preferences'], extensions: { code: 'FORBIDDEN' } },
    ]);
  });
});
