import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from '@identity/client/client';
import { refusalsOf, refusedEverywhere } from './harness/access.js';
import { isLong } from './harness/length.js';
import { logInAgain, registerSomebody, type Person } from './harness/people.js';
import { passSinceRefreshes } from './harness/reuse-grace.js';
import { stackName } from './harness/stack-name.js';
import { startStack, type TestStack } from './harness/stack.js';
import { endSessionsUnderFire, expectNoLateUse } from './harness/under-fire.js';

const ROUNDS = isLong ? 4 : 2;
const CALLERS = 50;

interface Pair {
  readonly accessToken: string;
  readonly refreshToken: string;
}

describe('sessions on two replicas', () => {
  let stack: TestStack;

  beforeAll(async () => {
    stack = await startStack({ replicas: [{}, {}] });
  });

  afterAll(async () => {
    await stack.close();
  });

  /** The gateways in turn. */
  function clientFor(index: number): Client {
    return stack.clients[index % stack.clients.length] ?? stack.client;
  }

  /** The next pair, or the codes of why there is none. */
  async function refresh(client: Client, refreshToken: string): Promise<Pair | readonly string[]> {
    const { data, errors } = await client.refreshSession({ input: { refreshToken } });
    if (data == null) throw new Error(`no answer: ${JSON.stringify(errors)}`);
    return data.refreshSession.tokens ?? data.refreshSession.userErrors.map(({ code }) => code);
  }

  async function rotate(client: Client, refreshToken: string): Promise<Pair> {
    const outcome = await refresh(client, refreshToken);
    if (!('refreshToken' in outcome)) throw new Error(`no tokens: ${outcome.join()}`);
    return outcome;
  }

  async function sessionIdOf({ accessToken }: Pair): Promise<string> {
    const { data } = await stack.client.validateToken({ token: accessToken });
    return data?.validateToken.sessionId ?? '';
  }

  async function unusedTokensOf(sessionId: string): Promise<number> {
    const query = 'SELECT digest FROM refresh_tokens WHERE session_id = ? AND rotated_at IS NULL';
    return (await stack.sql('auth', query, [sessionId])).length;
  }

  /** On every replica, everything that a session has ever been given is refused. */
  async function expectDead(person: Pick<Person, 'id'>, pairs: readonly Pair[]): Promise<void> {
    for (const [index, { accessToken, refreshToken }] of pairs.entries()) {
      const client = clientFor(index);
      expect(await refresh(client, refreshToken)).toEqual(['TOKEN_INVALID']);
      expect(await refusalsOf({ id: person.id, client: client.withAccessToken(accessToken) })).toEqual(
        refusedEverywhere('TOKEN_REVOKED'),
      );
    }
  }

  it('have one line of tokens, whoever refreshes them: fifty callers a round', async () => {
    const ada = await registerSomebody(stack.client);
    const sessionId = await sessionIdOf(ada);
    let { refreshToken } = ada;
    let granted = 0;
    for (let round = 1; round <= ROUNDS; round += 1) {
      const token = refreshToken;
      const pairs = await Promise.all(Array.from({ length: CALLERS }, (_, index) => rotate(clientFor(index), token)));
      granted += pairs.length;
      const successors = [...new Set(pairs.map((pair) => pair.refreshToken))];
      expect(successors).toHaveLength(1);
      [refreshToken = ''] = successors;
      expect(await unusedTokensOf(sessionId)).toBe(1);
    }
    expect(granted).toBe(ROUNDS * CALLERS);

    const last = await rotate(stack.client, refreshToken);
    const acting = stack.client.withAccessToken(last.accessToken);
    expect(await refusalsOf({ id: ada.id, client: acting })).toEqual([]);
    expect((await acting.mySessions()).data?.me?.sessions?.totalCount).toBe(1);
  });

  it('get a lost answer again although a clock is set in between, and end when it is too late, however it is set', async () => {
    for (const change of [30_000, -30_000]) {
      const ada = await registerSomebody(stack.client);
      const lost = await rotate(clientFor(0), ada.refreshToken);
      stack.clock.advance(change);
      const found = await rotate(clientFor(1), ada.refreshToken);
      expect({ change, token: found.refreshToken }).toEqual({ change, token: lost.refreshToken });
      await passSinceRefreshes(stack, 11_000);
      expect(await refresh(clientFor(1), ada.refreshToken)).toEqual(['TOKEN_REUSED']);
    }
  });

  it('get a lost answer again, whoever is asked', async () => {
    const ada = await registerSomebody(stack.client);
    const lost = await rotate(clientFor(0), ada.refreshToken);
    await passSinceRefreshes(stack, 9_000);
    const found = await rotate(clientFor(1), ada.refreshToken);
    expect(found.refreshToken).toBe(lost.refreshToken);
    await rotate(clientFor(0), found.refreshToken);
  });

  it('end when an older token is replayed among honest refreshes, and that is logged', async () => {
    const ada = await registerSomebody(stack.client);
    const sessionId = await sessionIdOf(ada);
    const parent = await rotate(clientFor(0), ada.refreshToken);
    const current = await rotate(clientFor(1), parent.refreshToken);
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        refresh(clientFor(index), index % 2 === 0 ? ada.refreshToken : current.refreshToken),
      ),
    );
    const refusals = outcomes.flatMap((outcome) => ('refreshToken' in outcome ? [] : outcome));
    expect(refusals).toContain('TOKEN_REUSED');
    const granted = outcomes.flatMap((outcome) => ('refreshToken' in outcome ? [outcome] : []));
    await expectDead(ada, [ada, parent, current, ...granted]);
    const warnings = stack.logs.filter((line) => line.includes('"level":"warn"') && line.includes(sessionId));
    expect(warnings.length).toBeGreaterThanOrEqual(1);
  });

  interface End {
    readonly name: string;
    /** Ends the session of `device`; `other` is another session of the same account. */
    readonly end: (device: Client, other: Client, person: Person) => Promise<{ readonly errors?: unknown }>;
  }

  const ends: readonly End[] = [
    { name: 'it is logged out', end: (device) => device.logout() },
    { name: 'all sessions are logged out', end: (_device, other) => other.logout({ input: { allSessions: true } }) },
    {
      name: 'the password is changed',
      end: (_device, other, { password }) =>
        other.changePassword({ input: { currentPassword: password, newPassword: `${password} anew` } }),
    },
    {
      name: 'it is revoked',
      end: async (device, other) => {
        const sessionId = (await device.validateToken()).data?.validateToken.sessionId ?? '';
        return other.revokeSession({ input: { sessionId } });
      },
    },
  ];

  it.each(ends)('leave no live token when they are refreshed while $name', async ({ name, end }) => {
    let granted = 0;
    const late: unknown[] = [];
    for (let round = 0; round < ROUNDS / 2; round += 1) {
      const ada = await registerSomebody(stack.client);
      const device = await logInAgain(stack.client, ada);
      let ended = false;

      /** Presents one token again and again, as many tabs do, until the session has ended and a little longer. */
      const keepRefreshing = async (client: Client): Promise<readonly Pair[]> => {
        const pairs: Pair[] = [];
        for (let lateTurns = 0; lateTurns < 2;) {
          const isLate = ended;
          const outcome = await refresh(client, device.refreshToken);
          if (isLate) {
            lateTurns += 1;
            late.push(outcome);
          } else if ('refreshToken' in outcome) {
            pairs.push(outcome);
          }
        }
        return pairs;
      };
      const refreshing = Promise.all(Array.from({ length: 8 }, (_, index) => keepRefreshing(clientFor(index))));
      await rotate(clientFor(round), device.refreshToken);
      const acting = clientFor(round);
      const ending = end(acting.withAccessToken(device.accessToken), acting.withAccessToken(ada.accessToken), ada);
      const { errors } = await ending.finally(() => {
        ended = true;
      });
      expect(errors).toBeUndefined();

      const pairs = (await refreshing).flat();
      granted += pairs.length;
      expect(new Set(pairs.map(({ refreshToken }) => refreshToken)).size).toBe(1);
      await expectDead(ada, [device, ...pairs.slice(-2)]);
    }
    const notRefused = late.filter((outcome) => !isDeepStrictEqual(outcome, ['TOKEN_INVALID']));
    process.stderr.write(
      `${stackName()}, refreshed while ${name}: ${granted} granted before, ${notRefused.length} of ${late.length} after\n`,
    );
    expect(notRefused).toEqual([]);
    expect(late.length).toBeGreaterThan(0);
  });

  it('have ended for both replicas when the answer about their end arrives', async () => {
    expectNoLateUse('nothing wrong', await endSessionsUnderFire(stack));
  });
});

describe('sessions on two replicas whose clocks differ by as much as is forgiven', () => {
  let stack: TestStack;

  beforeAll(async () => {
    stack = await startStack({ replicas: [{}, { clockAhead: 30_000 }] });
  });

  afterAll(async () => {
    await stack.close();
  });

  it.each([
    ['the earlier', 'the later', 0, 1],
    ['the later', 'the earlier', 1, 0],
  ])('get the answer of %s again from %s, and end when it is too late for that', async (_first, _second, ...order) => {
    const [first = stack.client, second = stack.client] = order.map((index) => stack.clients[index]);
    const refresh = async (client: Client) => {
      const { data } = await client.refreshSession({ input: { refreshToken: ada.refreshToken } });
      return data?.refreshSession.tokens?.refreshToken ?? data?.refreshSession.userErrors.map(({ code }) => code);
    };
    const ada = await registerSomebody(stack.client);
    const lost = await refresh(first);
    expect(lost).toMatch(/^[\w-]{43}$/);
    expect(await refresh(second)).toBe(lost);
    await passSinceRefreshes(stack, 11_000);
    expect(await refresh(second)).toEqual(['TOKEN_REUSED']);
  });
});
