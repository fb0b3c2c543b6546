import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { refusalsOf, refusedEverywhere } from './harness/access.js';
import { bearer, sendGraphql, summaryOf } from './harness/graphql.js';
import { isLong } from './harness/length.js';
import { outcomeOf } from './harness/mutation-outcome.js';
import { logInAgain, registerAdmin, registerSomebody, type Person } from './harness/people.js';
import { routerName } from './harness/router-name.js';
import { startStack, type TestStack } from './harness/stack.js';

const NOBODY = 'user_01m854awnke04s50ft5bw89qwb';
/** How often what depends on the moment is tried. */
const ROUNDS = isLong ? 8 : 3;
const DEAD = refusedEverywhere('TOKEN_REVOKED');

let stack: TestStack;

beforeAll(async () => {
  stack = await startStack();
});

afterAll(async () => {
  await stack.close();
});

function ask(query: string, accessToken: string | null) {
  return sendGraphql(stack.services.gateway.url, { query, headers: accessToken === null ? {} : bearer(accessToken) });
}

async function refreshOutcome({ refreshToken }: Person): Promise<readonly string[]> {
  return outcomeOf(stack.client.refreshSession({ input: { refreshToken } }));
}

describe('what only an administrator can do', () => {
  const OPERATIONS = {
    users: `{ users { nodes { id } } }`,
    setUserRoles: `mutation { setUserRoles(input: { userId: "${NOBODY}", roles: [ADMIN] }) { user { id } } }`,
    suspendUser: `mutation { suspendUser(input: { userId: "${NOBODY}" }) { user { id } } }`,
    reinstateUser: `mutation { reinstateUser(input: { userId: "${NOBODY}" }) { user { id } } }`,
  };

  it.each(Object.entries(OPERATIONS))('is refused to everybody else: %s', async (name, query) => {
    const ada = await registerSomebody(stack.client);
    expect(summaryOf((await ask(query, null)).errors)).toEqual([`${name} UNAUTHENTICATED TOKEN_MISSING`]);
    expect(summaryOf((await ask(query, 'garbage')).errors)).toEqual([`${name} UNAUTHENTICATED TOKEN_INVALID`]);
    expect(summaryOf((await ask(query, ada.accessToken)).errors)).toEqual([`${name} FORBIDDEN`]);
    const admin = await registerAdmin(stack);
    expect(summaryOf((await ask(query, admin.accessToken)).errors)).toEqual([]);
  });

  it.each([NOBODY, 'user_', 'session_01m854awnke04s50ft5bw89qwb', 'nonsense', '', `${NOBODY} `, 'user_é'])(
    'cannot be done to an account that is not there (%#)',
    async (userId) => {
      const { client } = await registerAdmin(stack);
      const expected = ['NOT_FOUND userId'];
      expect(await outcomeOf(client.setUserRoles({ input: { userId, roles: ['USER'] } }))).toEqual(expected);
      expect(await outcomeOf(client.suspendUser({ input: { userId } }))).toEqual(expected);
      expect(await outcomeOf(client.reinstateUser({ input: { userId } }))).toEqual(expected);
    },
  );
});

describe('roles', () => {
  let admin: Person;
  let ada: Person;

  beforeEach(async () => {
    [admin, ada] = [await registerAdmin(stack), await registerSomebody(stack.client)];
  });

  const setRoles = (userId: string, roles: readonly ('USER' | 'ADMIN')[], { client } = admin) =>
    client.setUserRoles({ input: { userId, roles } });

  it('that are given are there from the next refresh on, and end no session', async () => {
    const { data } = await setRoles(ada.id, ['USER', 'ADMIN']);
    expect(data?.setUserRoles).toMatchObject({ user: { id: ada.id, roles: ['USER', 'ADMIN'] }, userErrors: [] });
    expect(summaryOf((await ada.client.users()).errors)).toEqual(['users FORBIDDEN']);
    const { data: refreshed } = await stack.client.refreshSession({ input: { refreshToken: ada.refreshToken } });
    const asAdmin = stack.client.withAccessToken(refreshed?.refreshSession.tokens?.accessToken ?? '');
    expect((await asAdmin.users()).errors).toBeUndefined();
    expect((await asAdmin.validateToken()).data?.validateToken.roles).toEqual(['ADMIN', 'USER']);
  });

  it('that are taken away are gone everywhere at once, with every session that had them', async () => {
    await setRoles(ada.id, ['ADMIN']);
    const sessions = [await logInAgain(stack.client, ada), await logInAgain(stack.client, ada)];
    for (const { client } of sessions) expect((await client.users()).errors).toBeUndefined();

    const { data } = await setRoles(ada.id, ['USER']);
    expect(data?.setUserRoles).toMatchObject({ user: { roles: ['USER'] }, userErrors: [] });
    for (const session of [ada, ...sessions]) {
      expect(await refusalsOf(session)).toEqual(DEAD);
      expect(await refreshOutcome(session)).toEqual(['TOKEN_INVALID refreshToken']);
    }
    // Tokens from before she was appointed do not even get as far as to somebody who knows of ended sessions.
    for (const { client } of sessions)
      expect(summaryOf((await client.users()).errors)).toEqual(['users UNAUTHENTICATED TOKEN_REVOKED']);
    // The gateway by itself; any other router asks somebody who knows.
    const refusal = routerName() === 'gateway' ? 'users FORBIDDEN' : 'users UNAUTHENTICATED TOKEN_REVOKED';
    expect(summaryOf((await ada.client.users()).errors)).toEqual([refusal]);
    const again = await logInAgain(stack.client, ada);
    expect((await again.client.me()).data?.me?.roles).toEqual(['USER']);
    expect(summaryOf((await again.client.users()).errors)).toEqual(['users FORBIDDEN']);
  });

  it.each<[readonly ('USER' | 'ADMIN')[], readonly string[]]>([
    [[], ['USER']],
    [['ADMIN'], ['ADMIN', 'USER']],
    [
      ['ADMIN', 'USER', 'ADMIN'],
      ['ADMIN', 'USER'],
    ],
  ])('always hold USER: %j', async (roles, expected) => {
    const { data } = await setRoles(ada.id, roles);
    expect(data?.setUserRoles.user?.roles?.toSorted()).toEqual(expected);
    const { client } = await logInAgain(stack.client, ada);
    expect((await client.me()).data?.me?.roles?.toSorted()).toEqual(expected);
  });

  it('that change nothing end nothing', async () => {
    expect(await outcomeOf(setRoles(ada.id, ['USER']))).toEqual([]);
    expect(await outcomeOf(setRoles(admin.id, ['ADMIN', 'USER']))).toEqual([]);
    expect(await refusalsOf(ada)).toEqual([]);
    expect(await refusalsOf(admin)).toEqual([]);
  });

  it('can be laid down by oneself, which shows in the answer and ends what follows in the operation', async () => {
    const answer = await ask(
      `mutation {
        first: setUserRoles(input: { userId: "${admin.id}", roles: [USER] }) { user { email roles } userErrors { code } }
        second: setUserRoles(input: { userId: "${ada.id}", roles: [ADMIN] }) { user { id } }
      }`,
      admin.accessToken,
    );
    expect(summaryOf(answer.errors)).toEqual(['second UNAUTHENTICATED TOKEN_REVOKED']);
    const { client } = await registerAdmin(stack);
    const { data } = await client.user({ id: ada.id });
    expect(data?.user).toMatchObject({ id: ada.id });
    expect(await refusalsOf(admin)).toEqual(DEAD);
    expect((await (await logInAgain(stack.client, ada)).client.me()).data?.me?.roles).toEqual(['USER']);
  });
});

describe('a suspension', () => {
  let admin: Person;
  let ada: Person;

  beforeEach(async () => {
    [admin, ada] = [await registerAdmin(stack), await registerSomebody(stack.client)];
  });

  const loginOutcome = ({ username }: Person, password: string) =>
    outcomeOf(stack.client.login({ input: { identifier: username, password } }));

  it('ends all sessions everywhere, and tells only who knows the password', async () => {
    const elsewhere = await logInAgain(stack.client, ada);
    const { data } = await admin.client.suspendUser({ input: { userId: ada.id, reason: 'spam' } });
    expect(data?.suspendUser).toMatchObject({ user: { id: ada.id, status: 'SUSPENDED' }, userErrors: [] });
    for (const session of [ada, elsewhere]) {
      expect(await refusalsOf(session)).toEqual(DEAD);
      expect(await refreshOutcome(session)).toEqual(['TOKEN_INVALID refreshToken']);
    }
    expect(await loginOutcome(ada, 'a wrong password')).toEqual(['INVALID_CREDENTIALS']);
    expect(await loginOutcome(ada, ada.password)).toEqual(['ACCOUNT_SUSPENDED']);
    expect(await refusalsOf(admin)).toEqual([]);
  });

  it('lasts until the account is reinstated, and what it ended stays ended', async () => {
    await admin.client.suspendUser({ input: { userId: ada.id } });
    const { data } = await admin.client.reinstateUser({ input: { userId: ada.id } });
    expect(data?.reinstateUser).toMatchObject({ user: { id: ada.id, status: 'ACTIVE' }, userErrors: [] });
    expect(await refusalsOf(ada)).toEqual(DEAD);
    expect(await refreshOutcome(ada)).toEqual(['TOKEN_INVALID refreshToken']);
    expect(await refusalsOf(await logInAgain(stack.client, ada))).toEqual([]);
  });

  it('keeps its reason, the latest one, until it is over', async () => {
    const kept = async () =>
      stack.sql('auth', 'SELECT suspension_reason AS reason FROM accounts WHERE id = ?', [ada.id]);
    await admin.client.suspendUser({ input: { userId: ada.id, reason: 'first' } });
    expect(await outcomeOf(admin.client.suspendUser({ input: { userId: ada.id, reason: 'second\nline' } }))).toEqual(
      [],
    );
    expect(await kept()).toEqual([{ reason: 'second\nline' }]);
    await admin.client.reinstateUser({ input: { userId: ada.id } });
    expect(await kept()).toEqual([{ reason: null }]);
  });

  it.each([
    ['too long', 'x'.repeat(501)],
    ['a control character', 'a\u0000b'],
    ['half a character', 'a\uD800'],
  ])('is not made for such a reason: %s', async (_what, reason) => {
    const suspension = admin.client.suspendUser({ input: { userId: ada.id, reason } });
    expect(await outcomeOf(suspension)).toEqual(['INVALID_INPUT reason']);
    expect(await refusalsOf(ada)).toEqual([]);
  });

  it('takes 500 characters as the reason, of any plane', async () => {
    expect(await outcomeOf(admin.client.suspendUser({ input: { userId: ada.id, reason: '🦊'.repeat(500) } }))).toEqual(
      [],
    );
  });

  it('is not needed to reinstate an account', async () => {
    expect(await outcomeOf(admin.client.reinstateUser({ input: { userId: ada.id } }))).toEqual([]);
    expect(await refusalsOf(ada)).toEqual([]);
  });

  it('leaves an account alone that its owner is about to delete', async () => {
    await stack.sql('auth', `UPDATE accounts SET status = 'PENDING_DELETION' WHERE id = ?`, [ada.id]);
    const refused = ['INVALID_INPUT userId'];
    expect(await outcomeOf(admin.client.suspendUser({ input: { userId: ada.id } }))).toEqual(refused);
    expect(await outcomeOf(admin.client.reinstateUser({ input: { userId: ada.id } }))).toEqual(refused);
    expect(await loginOutcome(ada, ada.password)).toEqual(['ACCOUNT_SUSPENDED']);
  });

  it('of oneself shows in the answer and ends what follows in the operation', async () => {
    const answer = await ask(
      `mutation {
        first: suspendUser(input: { userId: "${admin.id}" }) { user { status } userErrors { code } }
        second: reinstateUser(input: { userId: "${admin.id}" }) { user { id } }
      }`,
      admin.accessToken,
    );
    expect(summaryOf(answer.errors)).toEqual(['second UNAUTHENTICATED TOKEN_REVOKED']);
    expect(await loginOutcome(admin, admin.password)).toEqual(['ACCOUNT_SUSPENDED']);
  });
});

describe('tokens that are got at the very moment', () => {
  let admin: Person;

  beforeEach(async () => {
    admin = await registerAdmin(stack);
  });

  /**
   * Logs in and refreshes again and again, before something is done and until it has been done; returns every access
   * token given out, of which there are some.
   */
  async function tokensGotDuring(person: Person, work: () => Promise<readonly string[]>): Promise<readonly string[]> {
    const input = { identifier: person.username, password: person.password };
    const tokens: string[] = [];
    let done = false;
    let noteFirstPair: () => void = () => undefined;
    const firstPair = new Promise<void>((resolve) => {
      noteFirstPair = resolve;
    });
    const attempts = Array.from({ length: 4 }, async () => {
      for (let count = 0; count < 200 && !done; count += 1) {
        const login = (await stack.client.login({ input })).data?.login.tokens;
        if (login == null) continue;
        const refreshed = await stack.client.refreshSession({ input: { refreshToken: login.refreshToken } });
        tokens.push(login.accessToken, refreshed.data?.refreshSession.tokens?.accessToken ?? login.accessToken);
        noteFirstPair();
      }
    });
    await Promise.race([firstPair, Promise.all(attempts)]);
    expect(tokens.length).toBeGreaterThan(0);
    expect(await work()).toEqual([]);
    done = true;
    await Promise.all(attempts);
    return tokens;
  }

  it('name no role that has just been taken away', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const ada = await registerAdmin(stack);
      const tokens = await tokensGotDuring(ada, () =>
        outcomeOf(admin.client.setUserRoles({ input: { userId: ada.id, roles: ['USER'] } })),
      );
      for (const token of tokens) {
        const { data } = await stack.client.validateToken({ token });
        expect(data?.validateToken.roles ?? []).not.toContain('ADMIN');
      }
    }
  });

  it('are of no use to an account that has just been suspended', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const ada = await registerSomebody(stack.client);
      const tokens = await tokensGotDuring(ada, () =>
        outcomeOf(admin.client.suspendUser({ input: { userId: ada.id } })),
      );
      for (const token of tokens) {
        const { data } = await stack.client.validateToken({ token });
        expect(data?.validateToken.active).toBe(false);
      }
    }
  });

  it('are of no use when somebody has got them with a password that has just been changed', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const ada = await registerSomebody(stack.client);
      const input = { currentPassword: ada.password, newPassword: 'three lanterns on the quay' };
      const tokens = await tokensGotDuring(ada, () => outcomeOf(ada.client.changePassword({ input })));
      for (const token of tokens) {
        const { data } = await stack.client.validateToken({ token });
        expect(data?.validateToken.active).toBe(false);
      }
    }
  });
});
