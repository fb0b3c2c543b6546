import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { refusalsOf, refusedEverywhere } from './harness/access.js';
import { outcomeOf } from './harness/mutation-outcome.js';
import { logInAgain, registerAdmin, registerSomebody, type Person } from './harness/people.js';
import { startStack, type TestStack } from './harness/stack.js';

describe('the life of an access token', () => {
  let stack: TestStack;

  afterEach(async () => {
    await stack.close();
  });

  it('does not come back when lifetimes are shortened after it was revoked', async () => {
    stack = await startStack({ environment: { ACCESS_TOKEN_TTL_SECONDS: '3600' } });
    const [ada, bob] = [await registerSomebody(stack.client), await registerSomebody(stack.client)];
    await stack.restart({ ACCESS_TOKEN_TTL_SECONDS: '60' });
    const old = { id: ada.id, client: stack.client.withAccessToken(ada.accessToken) };
    await old.client.logout();

    stack.clock.advance(600_000);
    // Another revocation is when old ones are forgotten.
    await stack.client.withAccessToken(bob.accessToken).logout();
    expect(await refusalsOf(old)).toEqual(refusedEverywhere('TOKEN_REVOKED'));
  });

  it('ends when its session would end without further use, so that no ended session is in use', async () => {
    stack = await startStack({ environment: { ACCESS_TOKEN_TTL_SECONDS: '3600', SESSION_IDLE_TTL_SECONDS: '300' } });
    const ada = await registerSomebody(stack.client);
    stack.clock.advance(299_000);
    expect(await refusalsOf(ada)).toEqual([]);
    stack.clock.advance(32_000);
    expect(await refusalsOf(ada)).toEqual(refusedEverywhere('TOKEN_EXPIRED'));
  });

  it('ends with its session, whose lives are as they are set', async () => {
    const settings = { ACCESS_TOKEN_TTL_SECONDS: '60', SESSION_IDLE_TTL_SECONDS: '1200', SESSION_TTL_SECONDS: '3600' };
    stack = await startStack({ environment: settings });
    const refresh = async (refreshToken: string) =>
      (await stack.client.refreshSession({ input: { refreshToken } })).data?.refreshSession;
    const [used, unused] = [await registerSomebody(stack.client), await registerSomebody(stack.client)];
    let { refreshToken } = used;
    for (let count = 0; count < 3; count += 1) {
      stack.clock.advance(1_100_000);
      refreshToken = (await refresh(refreshToken))?.tokens?.refreshToken ?? '';
      expect(refreshToken).not.toBe('');
    }
    expect((await refresh(unused.refreshToken))?.userErrors).toMatchObject([{ code: 'TOKEN_EXPIRED' }]);
    // Used five minutes ago, an hour old.
    stack.clock.advance(301_000);
    expect((await refresh(refreshToken))?.userErrors).toMatchObject([{ code: 'TOKEN_EXPIRED' }]);
  });
});

describe('a session that has just run out, while its access token is accepted for a moment more', () => {
  let stack: TestStack;

  beforeAll(async () => {
    stack = await startStack({ environment: { SESSION_IDLE_TTL_SECONDS: '300' } });
  });

  afterAll(async () => {
    await stack.close();
  });

  type End = (elsewhere: Person, admin: Person) => Promise<readonly string[]>;

  it.each<readonly [string, End]>([
    ['suspendUser', ({ id }, admin) => outcomeOf(admin.client.suspendUser({ input: { userId: id } }))],
    [
      'a lowered role',
      ({ id }, admin) => outcomeOf(admin.client.setUserRoles({ input: { userId: id, roles: ['USER'] } })),
    ],
    [
      'a change of the password elsewhere',
      ({ client, password }) =>
        outcomeOf(client.changePassword({ input: { currentPassword: password, newPassword: `${password} anew` } })),
    ],
    ['logout of all sessions', ({ client }) => outcomeOf(client.logout({ input: { allSessions: true } }))],
  ])('has ended when %s answers', async (_name, end) => {
    const ada = await registerAdmin(stack);
    const other = await registerSomebody(stack.client);
    stack.clock.advance(200_000);
    const [elsewhere, admin] = [await logInAgain(stack.client, ada), await registerAdmin(stack)];
    stack.clock.advance(102_000);
    expect(await refusalsOf(ada)).toEqual([]);
    expect(await end(elsewhere, admin)).toEqual([]);
    expect(await refusalsOf(ada)).toEqual(refusedEverywhere('TOKEN_REVOKED'));
    expect(await refusalsOf(other)).toEqual([]);
  });
});
