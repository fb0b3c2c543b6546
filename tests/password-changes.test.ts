import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { refusalsOf } from './harness/access.js';
import { startBreachService, type BreachService } from './harness/breach-service.js';
import { outcomeOf } from './harness/mutation-outcome.js';
import { logInAgain, registerSomebody, type Person } from './harness/people.js';
import { startStack, type TestStack } from './harness/stack.js';

/** The look-up among breached passwords is given up after half a second, which a busy machine may need for the rest. */
const TRIES = 10;
const NEW_PASSWORD = 'marble staircase 31';

let breaches: BreachService;
let stack: TestStack;

beforeAll(async () => {
  breaches = await startBreachService();
  stack = await startStack({ environment: { PASSWORD_BREACH_CHECK_URL: breaches.url } });
});

afterAll(async () => {
  await stack.close();
  await breaches.close();
});

const lookupsGivenUp = (): number => stack.logs.filter((line) => line.includes('looked up among breached')).length;

/**
 * What comes of a change of the password in whose middle something happens: the old password has been checked, the new one
 * is not hashed yet. Null when the change has not waited until it was over.
 */
async function changeAround({ client, password }: Person, happen: () => Promise<void>) {
  const before = lookupsGivenUp();
  const happenings: Promise<unknown>[] = [];
  breaches.answerBy((response, body) => {
    happenings.push(happen().finally(() => response.end(body)));
  });
  try {
    const input = { currentPassword: password, newPassword: NEW_PASSWORD };
    const outcome = await outcomeOf(client.changePassword({ input }));
    await Promise.all(happenings);
    expect(happenings).toHaveLength(1);
    return lookupsGivenUp() === before ? outcome : null;
  } finally {
    breaches.answerBy();
  }
}

/** Ends the session of the other one, and tells who is logged in afterwards. */
type End = (owner: Person, sessionId: string) => Promise<Person>;

describe('a change of the password', () => {
  it.each<readonly [string, End]>([
    [
      'revokeSession',
      async (owner, sessionId) => {
        expect(await outcomeOf(owner.client.revokeSession({ input: { sessionId } }))).toEqual([]);
        return owner;
      },
    ],
    [
      'logout of all sessions',
      async (owner) => {
        const { data } = await owner.client.logout({ input: { allSessions: true } });
        expect(data?.logout.revokedSessionCount).toBe(2);
        return logInAgain(stack.client, owner);
      },
    ],
  ])('comes to nothing when its session is ended meanwhile: %s', async (_name, end) => {
    for (let tries = 1; tries <= TRIES; tries += 1) {
      let owner = await registerSomebody(stack.client);
      const thief = await logInAgain(stack.client, owner);
      const sessionId = (await thief.client.validateToken()).data?.validateToken.sessionId ?? '';
      const outcome = await changeAround(thief, async () => {
        owner = await end(owner, sessionId);
      });
      if (outcome === null) continue;
      expect(outcome).toEqual(['changePassword UNAUTHENTICATED TOKEN_REVOKED']);
      expect(await refusalsOf(owner)).toEqual([]);
      expect(await refusalsOf(await logInAgain(stack.client, owner))).toEqual([]);
      return;
    }
    throw new Error('the session was never ended while the change was under way');
  });
});
