import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startStack, type TestStack } from './harness/stack.js';

describe('the whole story', () => {
  let stack: TestStack;

  beforeAll(async () => {
    stack = await startStack();
  });

  afterAll(async () => {
    await stack.close();
  });

  it('registers, logs in, reads and changes itself, logs out, and is still there after a restart', async () => {
    const password = 'a lighthouse keeps watch';
    const registered = await stack.client.register({
      input: { username: 'Grace', email: 'Grace@Example.com', password, deviceName: 'laptop' },
    });
    expect(registered.errors).toBeUndefined();
    expect(registered.data?.register.userErrors).toEqual([]);
    const userId = registered.data?.register.user?.id;
    expect(userId).toMatch(/^user_[0-9a-z]{26}$/);

    const loggedIn = await stack.client.login({
      input: { identifier: 'grace@example.COM', password, deviceName: 'phone' },
    });
    const tokens = loggedIn.data?.login.tokens;
    expect(loggedIn.data?.login.user?.id).toBe(userId);
    expect(tokens?.tokenType).toBe('Bearer');
    const grace = stack.client.withAccessToken(tokens?.accessToken ?? '');

    const updated = await grace.updateProfile({
      input: { displayName: 'Grace H.', bio: 'Compilers.', avatarUrl: 'https://example.com/g.png' },
    });
    expect(updated.data?.updateProfile.userErrors).toEqual([]);
    const preferred = await grace.updatePreferences({
      input: { theme: 'DARK', locale: 'de-at', timeZone: 'Europe/Vienna', custom: { sidebar: { open: true } } },
    });
    expect(preferred.data?.updatePreferences.userErrors).toEqual([]);

    const expected = {
      id: userId,
      username: 'Grace',
      email: 'Grace@Example.com',
      profile: {
        displayName: 'Grace H.',
        bio: 'Compilers.',
        avatarUrl: 'https://example.com/g.png',
        version: 2,
        preferences: {
          theme: 'DARK',
          locale: 'de-AT',
          timeZone: 'Europe/Vienna',
          emailNotifications: true,
          custom: { sidebar: { open: true } },
        },
      },
    };
    expect((await grace.me()).data?.me).toMatchObject(expected);

    await stack.restart();

    const afterRestart = stack.client.withAccessToken(tokens?.accessToken ?? '');
    expect((await afterRestart.me()).data?.me).toMatchObject(expected);

    const loggedOut = await afterRestart.logout();
    expect(loggedOut.data?.logout).toEqual({ revokedSessionCount: 1, userErrors: [] });
    const refused = await afterRestart.me();
    expect(refused.data?.me).toBeNull();
    expect(refused.errors?.map(({ extensions }) => extensions)).toEqual([
      { code: 'UNAUTHENTICATED', reason: 'TOKEN_REVOKED' },
    ]);

    await stack.restart();

    const stillRefused = await stack.client.withAccessToken(tokens?.accessToken ?? '').me();
    expect(stillRefused.errors?.[0]?.extensions).toEqual({ code: 'UNAUTHENTICATED', reason: 'TOKEN_REVOKED' });
    const refresh = await stack.client.refreshSession({ input: { refreshToken: tokens?.refreshToken ?? '' } });
    expect(refresh.data?.refreshSession.userErrors.map(({ code }) => code)).toEqual(['TOKEN_INVALID']);
    const again = await stack.client.login({ input: { identifier: 'GRACE', password } });
    expect(again.data?.login.user?.id).toBe(userId);
  });
});
