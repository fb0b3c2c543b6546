import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { sendGraphql, type RawAnswer } from './harness/graphql.js';
import { registerSomebody } from './harness/people.js';
import { startStack, type TestStack } from './harness/stack.js';

const SAMPLES = 400;
const WARM_UP = 30;
/** How far the medians of two kinds of attempts may be apart. */
const TOLERANCE = 0.05;
/** Fewer samples of more kinds: a hash less, or one more, shows all the same. */
const SAMPLES_SUSPENDED = 120;
const TOLERANCE_SUSPENDED = 0.3;
/** On a quiet machine the first is enough; what something else spoils is made up for by more of the same. */
const MAX_ROUNDS = 3;

jest.setTimeout(300_000);

const LOGIN = `mutation ($identifier: String!, $password: String!) {
  login(input: { identifier: $identifier, password: $password }) {
    user { id } tokens { accessToken } userErrors { __typename code message path }
  }
}`;

/** One of the things that somebody can try. */
interface Attempt {
  readonly what: string;
  readonly identifier: string;
  readonly password: string;
  /** Of the error that comes back. */
  readonly code: string;
}

describe('whoever tries to log in', () => {
  let stack: TestStack;
  let unknown: Attempt;
  let wrong: Attempt;
  let suspended: Attempt;
  let suspendedAndRight: Attempt;

  beforeAll(async () => {
    // Dear enough to stand out from the rest of a request, as in production, and cheap enough for a thousand of them.
    stack = await startStack({ environment: { BCRYPT_COST: '8', LIMIT_LOGIN_ACCOUNT_AT_NETWORK: '1000000/60' } });
    const [ada, eve] = [await registerSomebody(stack.client), await registerSomebody(stack.client)];
    await stack.sql('auth', "UPDATE accounts SET status = 'SUSPENDED' WHERE id = ?", [eve.id]);
    const refused = { password: 'not the password', code: 'INVALID_CREDENTIALS' };
    unknown = { ...refused, what: 'an unknown account', identifier: 'nobody99@example.com' };
    wrong = { ...refused, what: 'a wrong password', identifier: ada.email };
    suspended = { ...refused, what: 'a suspended account', identifier: eve.email };
    suspendedAndRight = {
      what: 'a suspended account with its password',
      identifier: eve.email,
      password: eve.password,
      code: 'ACCOUNT_SUSPENDED',
    };
  });

  afterAll(async () => {
    await stack.close();
  });

  function send({ identifier, password }: Attempt): Promise<RawAnswer> {
    return sendGraphql(stack.services.gateway.url, { query: LOGIN, variables: { identifier, password } });
  }

  async function timeOf(attempt: Attempt): Promise<number> {
    const startedAt = performance.now();
    const answer = await send(attempt);
    const milliseconds = performance.now() - startedAt;
    expect(answer.text).toContain(`"code":"${attempt.code}"`);
    return milliseconds;
  }

  /** Adds the times of all attempts, in milliseconds, taken in turns. */
  async function measure(count: number, attempts: ReadonlyMap<Attempt, number[]>): Promise<void> {
    const inTurn = [...attempts];
    for (let index = 0; index < count; index += 1) {
      for (const [attempt, samples] of inTurn) samples.push(await timeOf(attempt));
      // Each of them comes first as often as the others.
      inTurn.push(...inTurn.splice(0, 1));
    }
  }

  /** How far the medians are apart; of more samples while that is more than what is tolerated. */
  async function differenceOf(attempts: readonly Attempt[], samples: number, tolerance: number): Promise<number> {
    await measure(WARM_UP, new Map(attempts.map((attempt) => [attempt, []])));
    const times = new Map<Attempt, number[]>(attempts.map((attempt) => [attempt, []]));
    let difference = Number.POSITIVE_INFINITY;
    for (let round = 0; round < MAX_ROUNDS && difference >= tolerance; round += 1) {
      await measure(samples, times);
      const medians = [...times.values()].map(medianOf);
      difference = Math.max(...medians) / Math.min(...medians) - 1;
      const shown = medians.map((median) => median.toFixed(2)).join(', ');
      process.stdout.write(`medians of ${attempts.map(({ what }) => what).join(', ')}: ${shown} ms\n`);
    }
    return difference;
  }

  it('is told the same of an unknown account, a wrong password and a suspended account', async () => {
    const answers = await Promise.all([unknown, wrong, suspended].map(send));
    const [first, ...others] = answers.map(({ status, text }) => ({ status, text }));
    expect(first?.text).toContain('"code":"INVALID_CREDENTIALS"');
    for (const other of others) expect(other).toEqual(first);
  });

  it('waits the same time for it', async () => {
    expect(await differenceOf([unknown, wrong], SAMPLES, TOLERANCE)).toBeLessThan(TOLERANCE);
  });

  it('waits as long where an account is suspended, whether the password is right or wrong', async () => {
    const all = [unknown, wrong, suspended, suspendedAndRight];
    expect(await differenceOf(all, SAMPLES_SUSPENDED, TOLERANCE_SUSPENDED)).toBeLessThan(TOLERANCE_SUSPENDED);
  });
});

function medianOf(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}
