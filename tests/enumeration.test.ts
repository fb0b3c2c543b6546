import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { sendGraphql, type RawAnswer } from './harness/graphql.js';
import { registerSomebody } from './harness/people.js';
import { startStack, type TestStack } from './harness/stack.js';

/** Pairs of attempts, one right after the other: what slows the machine down slows both down. */
const PAIRS = 400;
const WARM_UP = 30;
/**
 * How far an unknown account may be from a wrong password, as a part of the median time: the medians of both from each
 * other, and the median of the differences.
 */
const TOLERANCE = 0.05;
/**
 * One round decides where the machine is quiet: the median is then off by less than 1 %. With sixteen processes on two
 * cores it is off by 4 % in one round of twenty, and by 6 % in one of a hundred. So a round beyond the tolerance is
 * followed by two more, and the middle one of the three decides, not the best: what is there is there in all of them and
 * in the same direction, and chance is not.
 */
const ROUNDS = 3;
/** Fewer samples of more kinds: a hash less, or one more, shows all the same. */
const SAMPLES_COARSE = 40;
const WARM_UP_COARSE = 5;
const TOLERANCE_COARSE = 0.3;
/** Of these the first is mostly enough; what something else spoils is made up for by more of the same. */
const MAX_ROUNDS_COARSE = 3;

jest.setTimeout(600_000);

const LOGIN = `mutation ($identifier: String!, $password: String!) {
  login(input: { identifier: $identifier, password: $password }) {
    user { id } tokens { accessToken } userErrors { __typename code message path }
  }
}`;

/** How far two attempts are apart, in both ways of telling that; positive when the first takes longer. */
interface Comparison {
  readonly ofMedians: number;
  readonly ofDifferences: number;
}

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
  let unknownName: Attempt;
  let wrongByName: Attempt;
  let wrongOfOldHash: Attempt;
  let suspended: Attempt;
  let suspendedAndRight: Attempt;

  beforeAll(async () => {
    // Dear enough at last to stand out from the rest of a request, as in production, and cheap enough for a thousand of them.
    stack = await startStack({ environment: { BCRYPT_COST: '6', LIMIT_LOGIN_ACCOUNT_AT_NETWORK: '1000000/60' } });
    const grace = await registerSomebody(stack.client);
    await stack.restart({ BCRYPT_COST: '8' });
    const [ada, eve] = [await registerSomebody(stack.client), await registerSomebody(stack.client)];
    await stack.sql('auth', "UPDATE accounts SET status = 'SUSPENDED' WHERE id = ?", [eve.id]);
    const refused = { password: 'not the password', code: 'INVALID_CREDENTIALS' };
    unknown = { ...refused, what: 'an unknown account', identifier: 'nobody99@example.com' };
    wrong = { ...refused, what: 'a wrong password', identifier: ada.email };
    unknownName = { ...unknown, what: 'an unknown username', identifier: 'nobody-99' };
    wrongByName = { ...wrong, what: 'a wrong password of a username', identifier: ada.username };
    wrongOfOldHash = { ...wrong, what: 'a wrong password of an older, cheaper hash', identifier: grace.email };
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
    await measure(WARM_UP_COARSE, new Map(attempts.map((attempt) => [attempt, []])));
    const times = new Map<Attempt, number[]>(attempts.map((attempt) => [attempt, []]));
    let difference = Number.POSITIVE_INFINITY;
    for (let round = 0; round < MAX_ROUNDS_COARSE && difference >= tolerance; round += 1) {
      await measure(samples, times);
      const medians = [...times.values()].map(medianOf);
      difference = Math.max(...medians) / Math.min(...medians) - 1;
      const shown = medians.map((median) => median.toFixed(2)).join(', ');
      process.stdout.write(`medians of ${attempts.map(({ what }) => what).join(', ')}: ${shown} ms\n`);
    }
    return difference;
  }

  /** By how much the one takes longer than the other, as a part of what both take; of pairs that are measured anew. */
  async function compare(one: Attempt, other: Attempt, pairs: number): Promise<Comparison> {
    const times = new Map<Attempt, number[]>([
      [one, []],
      [other, []],
    ]);
    await measure(pairs, times);
    const [ofOne = [], ofOther = []] = [...times.values()];
    const differences = ofOne.map((time, index) => time - (ofOther[index] ?? Number.NaN));
    const usual = medianOf([...ofOne, ...ofOther]);
    const ofDifferences = medianOf(differences) / usual;
    const ofMedians = (medianOf(ofOne) - medianOf(ofOther)) / usual;
    const shown = [ofOne, ofOther].map((samples) => medianOf(samples).toFixed(2)).join(' and ');
    process.stdout.write(
      `medians of ${one.what} and ${other.what}, of ${pairs} each: ${shown} ms, ${(100 * ofMedians).toFixed(2)} % apart; of the differences: ${(100 * ofDifferences).toFixed(2)} %\n`,
    );
    return { ofMedians, ofDifferences };
  }

  async function decide(one: Attempt, other: Attempt): Promise<number> {
    await compare(one, other, WARM_UP);
    const rounds = [await compare(one, other, PAIRS)];
    const isClear = furthest(rounds) < TOLERANCE;
    while (!isClear && rounds.length < ROUNDS) rounds.push(await compare(one, other, PAIRS));
    return furthest(rounds);
  }

  it('is told the same of an unknown account, a wrong password and a suspended account', async () => {
    const answers = await Promise.all([unknown, wrong, unknownName, wrongByName, suspended].map(send));
    const [first, ...others] = answers.map(({ status, text }) => ({ status, text }));
    expect(first?.text).toContain('"code":"INVALID_CREDENTIALS"');
    for (const other of others) expect(other).toEqual(first);
  });

  it('waits the same time for it, by e-mail address', async () => {
    expect(await decide(unknown, wrong)).toBeLessThan(TOLERANCE);
  });

  it('waits the same time for it, by username', async () => {
    expect(await decide(unknownName, wrongByName)).toBeLessThan(TOLERANCE);
  });

  it('waits as long where the password was hashed before the cost has risen', async () => {
    const all = [unknown, wrong, wrongOfOldHash];
    expect(await differenceOf(all, SAMPLES_COARSE, TOLERANCE_COARSE)).toBeLessThan(TOLERANCE_COARSE);
  });

  it('waits as long where an account is suspended, whether the password is right or wrong', async () => {
    const all = [unknown, wrong, suspended, suspendedAndRight];
    expect(await differenceOf(all, SAMPLES_COARSE, TOLERANCE_COARSE)).toBeLessThan(TOLERANCE_COARSE);
  });
});

function furthest(rounds: readonly Comparison[]): number {
  const figures = [rounds.map(({ ofMedians }) => ofMedians), rounds.map(({ ofDifferences }) => ofDifferences)];
  return Math.max(...figures.map(medianOf).map(Math.abs));
}

function medianOf(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}
