import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { sendGraphql, type RawAnswer } from './harness/graphql.js';
import { registerSomebody } from './harness/people.js';
import { startStack, type TestStack } from './harness/stack.js';

const SAMPLES = 400;
const WARM_UP = 30;
/** How far the medians of two kinds of attempts may be apart. */
const TOLERANCE = 0.05;
/** On a quiet machine the first is enough; what something else spoils is made up for by more of the same. */
const MAX_ROUNDS = 3;

jest.setTimeout(300_000);

const LOGIN = `mutation ($identifier: String!, $password: String!) {
  login(input: { identifier: $identifier, password: $password }) {
    user { id } tokens { accessToken } userErrors { __typename code message path }
  }
}`;

describe('whoever tries to log in', () => {
  let stack: TestStack;
  let kinds: Readonly<Record<string, string>>;

  beforeAll(async () => {
    // Dear enough to stand out from the rest of a request, as in production, and cheap enough for a thousand of them.
    stack = await startStack({ environment: { BCRYPT_COST: '8', LIMIT_LOGIN_ACCOUNT_AT_NETWORK: '1000000/60' } });
    const [ada, eve] = [await registerSomebody(stack.client), await registerSomebody(stack.client)];
    await stack.sql('auth', "UPDATE accounts SET status = 'SUSPENDED' WHERE id = ?", [eve.id]);
    kinds = { unknown: 'nobody99@example.com', known: ada.email, suspended: eve.email };
  });

  afterAll(async () => {
    await stack.close();
  });

  async function attempt(identifier: string): Promise<{ readonly answer: RawAnswer; readonly milliseconds: number }> {
    const variables = { identifier, password: 'not the password' };
    const startedAt = performance.now();
    const answer = await sendGraphql(stack.services.gateway.url, { query: LOGIN, variables });
    return { answer, milliseconds: performance.now() - startedAt };
  }

  async function timeOfRefusal(identifier: string): Promise<number> {
    const { answer, milliseconds } = await attempt(identifier);
    expect(answer.text).toContain('"code":"INVALID_CREDENTIALS"');
    return milliseconds;
  }

  /** Adds the times, in milliseconds, of an unknown account and of a wrong password, taken in turns. */
  async function measure(count: number, unknown: number[] = [], known: number[] = []): Promise<void> {
    const times = [
      { identifier: kinds['unknown'] ?? '', samples: unknown },
      { identifier: kinds['known'] ?? '', samples: known },
    ];
    for (let index = 0; index < count; index += 1) {
      // Each of them comes first as often as the other.
      for (const { identifier, samples } of index % 2 === 0 ? times : times.toReversed())
        samples.push(await timeOfRefusal(identifier));
    }
  }

  it('is told the same of an unknown account, a wrong password and a suspended account', async () => {
    const answers = await Promise.all(Object.values(kinds).map((identifier) => attempt(identifier)));
    const [first, ...others] = answers.map(({ answer }) => ({ status: answer.status, text: answer.text }));
    expect(first?.text).toContain('"code":"INVALID_CREDENTIALS"');
    for (const other of others) expect(other).toEqual(first);
  });

  it('waits the same time for it', async () => {
    await measure(WARM_UP);
    const [unknown, known]: [number[], number[]] = [[], []];
    let difference = Number.POSITIVE_INFINITY;
    for (let round = 0; round < MAX_ROUNDS && difference >= TOLERANCE; round += 1) {
      await measure(SAMPLES, unknown, known);
      const medians = [medianOf(unknown), medianOf(known)];
      difference = Math.max(...medians) / Math.min(...medians) - 1;
      const shown = medians.map((median) => median.toFixed(2)).join(' and ');
      process.stdout.write(
        `medians of an unknown account and a wrong password, of ${unknown.length} each: ${shown} ms\n`,
      );
    }
    expect(difference).toBeLessThan(TOLERANCE);
  });
});

function medianOf(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}
