import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { buildSchema, type GraphQLSchema } from 'graphql';
import { readText } from '../../scripts/project-files.js';
import { ADMIN_PORTS, scrape, total } from '../harness/prometheus.js';
import { startStack, type TestStack } from '../harness/stack.js';
import { createCallers, createVictim, type Caller, type CallerAnswer, type Victim } from './callers.js';
import { operationsOf } from './operations.js';
import { problemsOf } from './problems.js';
import { settings } from './settings.js';
import { write, type WrittenOperation } from './written-operation.js';

jest.setTimeout(settings.timeLimitMs);

let stack: TestStack;
let schema: GraphQLSchema;
let victim: Victim;
let callers: readonly Caller[];

beforeAll(async () => {
  schema = buildSchema(await readText('schema/api.graphql'));
  stack = await startStack({ environment: ADMIN_PORTS });
  victim = await createVictim(stack);
  callers = await createCallers(stack, victim);
});

afterAll(async () => {
  await stack.close();
});

/** What answers were like, to see that more than refusals was tried. */
const outcomes = new Map<string, number>();
let runs = 0;

function count(outcome: string): void {
  outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
}

/**
 * One after the other, in any order, and the first one once more: a query that was executed before goes another way
 * through the gateway, on which the next caller must get nothing of the one before.
 */
async function check(operation: WrittenOperation, order: readonly number[]): Promise<void> {
  const turns = operation.query.startsWith('query') ? [...order, ...order.slice(0, 1)] : order;
  for (const turn of turns) {
    const caller = callers[turn];
    if (caller === undefined) throw new Error(`there is no caller ${String(turn)}`);
    const answer = await caller.send(operation);
    const problems = problemsOf(answer, caller.forbidden, [stack.services.routerSecret]);
    if (problems.length > 0)
      throw new Error(JSON.stringify({ caller: caller.name, turns, problems, operation, answer }, null, 2));
    count(answer.status === 200 ? (answer.body.includes('"errors"') ? 'with errors' : 'answered') : 'refused');
  }
}

describe('operations at random', () => {
  it('are answered in the form of the contract, leak nothing and show nobody what is not theirs', async () => {
    const known = { ids: [victim.id, victim.knownSession], usernames: [victim.username] };
    const orders = fc.shuffledSubarray([...callers.keys()], { minLength: callers.length });
    const property = fc.asyncProperty(operationsOf(schema, known).map(write), orders, async (operation, order) => {
      await check(operation, order);
      runs += 1;
    });
    await fc.assert(property, { seed: settings.seed, numRuns: settings.runs });
    expect(runs).toBe(settings.runs);
    const answers = [...outcomes.values()].reduce((sum, number) => sum + number, 0);
    const knownQueries = total(await scrape(stack, 'gateway'), 'identity_gateway_known_queries_total');
    process.stderr.write(
      `FUZZ_SEED=${String(settings.seed)}: ${JSON.stringify({ runs, knownQueries, ...Object.fromEntries(outcomes) })}\n`,
    );
    expect((outcomes.get('answered') ?? 0) / answers).toBeGreaterThan(0.1);
    expect(knownQueries / settings.runs).toBeGreaterThan(0.2);
    expect((outcomes.get('refused') ?? 0) / answers).toBeLessThan(0.7);
  });
});

describe('the look at answers', () => {
  const healthy: CallerAnswer = { status: 200, contentType: 'application/json', headers: '{}', body: '{"data":{}}' };
  const withError = (error: object, status = 200) => ({ status, body: JSON.stringify({ errors: [error] }) });

  it.each<readonly [string, Partial<CallerAnswer>]>([
    ['a body that is no JSON', { body: '<html>' }],
    ['an error page', { status: 502, contentType: 'text/html' }],
    ['a failure of the gateway', { status: 503 }],
    ['an outage', withError({ message: 'no', extensions: { code: 'SERVICE_UNAVAILABLE', service: 'users' } })],
    ['an answer without data and errors', { body: '{}' }],
    ['an error without a code', withError({ message: 'no', extensions: {} })],
    ['a code of nobody', withError({ message: 'no', extensions: { code: 'ECONNREFUSED' } })],
    ['an internal error', withError({ message: 'no', extensions: { code: 'INTERNAL_SERVER_ERROR' } }, 500)],
    ['a statement', withError({ message: 'SELECT id FROM accounts', extensions: { code: 'FORBIDDEN' } })],
    ['a path', withError({ message: 'at /app/dist/main.js:1', extensions: { code: 'FORBIDDEN' } })],
    ['an address', withError({ message: 'x', extensions: { code: 'SERVICE_UNAVAILABLE', service: '127.0.0.1:4001' } })],
    ['what the caller may not see', { body: '{"data":{"user":{"email":"overheard@example.com"}}}' }],
    ['a secret in a header', { headers: '{"x":"the-router-secret"}' }],
    ['a hash', { body: '{"data":{"x":"$2b$04$abcdefghijklmnopqrstuu"}}' }],
  ])('sees %s', (_what, answer) => {
    expect(problemsOf({ ...healthy, ...answer }, ['overheard@example.com'], ['the-router-secret'])).not.toEqual([]);
  });

  it('sees nothing in a healthy one', () => {
    expect(problemsOf(healthy, ['overheard@example.com'], ['the-router-secret'])).toEqual([]);
  });
});
