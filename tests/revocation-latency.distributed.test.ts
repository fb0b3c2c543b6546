import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { waysToEnd, type Ending, type PrepareEnding } from './harness/endings.js';
import { eventually } from './harness/eventually.js';
import { bearer, sendGraphql, summaryOf } from './harness/graphql.js';
import { registerAdmin, registerSomebody, type Person } from './harness/people.js';
import type { TestRedis } from './harness/redis-server.js';
import { startStack, type TestStack } from './harness/stack.js';
import type { Trouble } from './harness/under-fire.js';

/** What trouble with Redis may add to any request, in milliseconds. */
const MAX_ADDED_MS = 500;
const SAMPLES = 10;
/** By how much every answer of SQL is held back where SQL is slow. */
const SLOW_SQL_MS = 300;

const OPERATIONS = {
  me: '{ me { id username } }',
  'me with profile': '{ me { id profile { bio preferences { theme } } } }',
  updateProfile: 'mutation { updateProfile(input: { bio: "still here" }) { userErrors { code } } }',
} as const;
type Operation = keyof typeof OPERATIONS;
const NAMES = ['me', 'me with profile', 'updateProfile'] as const satisfies readonly Operation[];

/** What each sends to SQL; `updateProfile` begins and ends a transaction, too. */
const STATEMENTS = { me: 1, 'me with profile': 2, updateProfile: 4 } as const satisfies Record<Operation, number>;

/** Durations in milliseconds, in the order of being measured. */
type Durations = Readonly<Record<Operation, readonly number[]>>;

describe('what trouble with the servers adds to a request', () => {
  let stack: TestStack;
  let redis: TestRedis;
  let ada: Person;
  let healthy: Durations;

  beforeAll(async () => {
    stack = await startStack({ withNetwork: true });
    if (stack.redis === null) throw new Error('this stack has no Redis');
    redis = stack.redis;
    ada = await registerSomebody(stack.client);
    await measure();
    healthy = await measure();
    report('healthy', healthy);
  });

  afterAll(async () => {
    await stack.close();
  });

  async function send(operation: Operation, accessToken: string): Promise<number> {
    const query = OPERATIONS[operation];
    const startedAt = performance.now();
    const answer = await sendGraphql(stack.services.gateway.url, { query, headers: bearer(accessToken) });
    const duration = performance.now() - startedAt;
    expect(summaryOf(answer.errors)).toEqual([]);
    return duration;
  }

  async function statementsOf(operation: Operation): Promise<number> {
    return (await stack.statements.during(() => send(operation, ada.accessToken))).length;
  }

  /** Whoever has found Redis away, or not complete, asks SQL for a while. */
  async function untilEverybodyAsksRedis(): Promise<void> {
    await eventually('everybody asks Redis', async () => (await statementsOf('me with profile')) === 2);
  }

  async function addedToFirst(prepare: PrepareEnding, admin: Person, trouble: Trouble): Promise<number> {
    await untilEverybodyAsksRedis();
    const usual = await timeOfEnding(await prepare(stack.client, admin));
    const ending = await prepare(stack.client, admin);
    await trouble.begin();
    try {
      return (await timeOfEnding(ending)) - usual;
    } finally {
      await trouble.end();
    }
  }

  /** How many statements it takes when all is well; another one may be sent meanwhile. */
  async function fewestStatements(prepare: PrepareEnding, admin: Person): Promise<number> {
    await untilEverybodyAsksRedis();
    const counts: number[] = [];
    while (counts.length < 3) {
      const { end } = await prepare(stack.client, admin);
      counts.push(await stack.statements.countDuring(end));
    }
    return Math.min(...counts);
  }

  async function timeWithSlowSql(prepare: PrepareEnding, admin: Person): Promise<number> {
    const ending = await prepare(stack.client, admin);
    stack.services.network?.sql.delay(SLOW_SQL_MS);
    try {
      return await timeOfEnding(ending);
    } finally {
      stack.services.network?.sql.heal();
    }
  }

  async function timeOfEnding({ end }: Ending): Promise<number> {
    const startedAt = performance.now();
    await end();
    return performance.now() - startedAt;
  }

  async function measure(begin?: () => unknown): Promise<Durations> {
    const repeat = async (operation: Operation): Promise<readonly number[]> => {
      const durations: number[] = [];
      while (durations.length < SAMPLES) durations.push(await send(operation, ada.accessToken));
      return durations;
    };
    await begin?.();
    return {
      // First what asks most often: the first requests find out that something is wrong.
      'me with profile': await repeat('me with profile'),
      me: await repeat('me'),
      updateProfile: await repeat('updateProfile'),
    };
  }

  function report(name: string, durations: Durations): void {
    const columns = Object.entries(durations).map(([operation, values]) => {
      const [median, worst] = [medianOf(values), Math.max(...values)];
      return `${operation} ${median.toFixed(0)} / ${worst.toFixed(0)}`;
    });
    process.stderr.write(`${name}, median / worst in ms: ${columns.join(', ')}\n`);
  }

  const troubles: readonly (readonly [string, Trouble])[] = [
    ['Redis is killed', { begin: () => redis.signal('SIGKILL'), end: () => redis.restart() }],
    ['Redis is frozen', { begin: () => redis.signal('SIGSTOP'), end: () => redis.signal('SIGCONT') }],
    ['Redis has come back empty', { begin: () => redis.restart(), end: () => undefined }],
  ];

  /** The longest that any request took beyond what it usually takes. */
  async function addedAtWorst(name: string, { begin, end }: Trouble): Promise<number> {
    await untilEverybodyAsksRedis();
    let durations: Durations;
    try {
      durations = await measure(begin);
    } finally {
      await end();
    }
    report(name, durations);
    return Math.max(...NAMES.map((operation) => Math.max(...durations[operation]) - medianOf(healthy[operation])));
  }

  it.each(troubles)('is half a second at most: %s', async (name, trouble) => {
    const added = await addedAtWorst(name, trouble);
    // This machine is slow for a moment now and then; what is waited for is waited for each time.
    const again = added < MAX_ADDED_MS ? added : await addedAtWorst(name, trouble);
    expect(Math.min(added, again)).toBeLessThan(MAX_ADDED_MS);
  });

  it.each(troubles)('is half a second at most for the first to end sessions: %s', async (name, trouble) => {
    const admin = await registerAdmin(stack);
    const added: [string, number][] = [];
    for (const prepare of waysToEnd) {
      const milliseconds = await addedToFirst(prepare, admin, trouble);
      // Most of what is allowed is waited for; one slow moment of this machine is not the wait's fault.
      const again = milliseconds < MAX_ADDED_MS ? milliseconds : await addedToFirst(prepare, admin, trouble);
      added.push([prepare.name, Math.min(milliseconds, again)]);
    }
    const columns = added.map(([way, milliseconds]) => `${way} ${milliseconds.toFixed(0)}`);
    process.stderr.write(`${name}, added to the first in ms: ${columns.join(', ')}\n`);
    for (const [, milliseconds] of added) expect(milliseconds).toBeLessThan(MAX_ADDED_MS);
  });

  it('is half a second at most beyond what SQL takes itself: SQL is slow by 300 ms', async () => {
    const { network } = stack.services;
    network?.sql.delay(300);
    try {
      // Connections are opened and statements prepared, which takes more answers than one.
      for (let count = 0; count < 4; count += 1) for (const operation of NAMES) await send(operation, ada.accessToken);
      for (const operation of NAMES) {
        const [durations, added]: [number[], number[]] = [[], []];
        while (durations.length < SAMPLES) {
          let duration = Number.NaN;
          const statements = await stack.statements.countDuring(async () => {
            duration = await send(operation, ada.accessToken);
          });
          durations.push(duration);
          // Whenever Redis cannot vouch for being complete, SQL is asked about revocations, too.
          added.push(duration - medianOf(healthy[operation]) - 300 * statements);
        }
        const [median, worst] = [medianOf(durations), Math.max(...durations)];
        // One of them may find its connection closed for having been idle, and open another.
        const [, most = 0] = added.sort((one, other) => other - one);
        process.stderr.write(
          `SQL slow by 300 ms, in ms: ${operation} ${median.toFixed(0)} / ${worst.toFixed(0)}, beyond statements ${most.toFixed(0)}\n`,
        );
        expect(most).toBeLessThan(MAX_ADDED_MS);
        // As a rule Redis can, so that nobody asks SQL more than usual.
        expect(medianOf(durations) - medianOf(healthy[operation]) - 300 * STATEMENTS[operation]).toBeLessThan(
          MAX_ADDED_MS,
        );
      }
    } finally {
      network?.sql.heal();
    }
  }, 60_000);

  it('is half a second at most beyond what SQL takes itself for what ends sessions: SQL is slow by 300 ms', async () => {
    const admin = await registerAdmin(stack);
    const added: [string, number][] = [];
    for (const prepare of waysToEnd) {
      const expected = SLOW_SQL_MS * (await fewestStatements(prepare, admin));
      let time = Number.POSITIVE_INFINITY;
      // A connection that is opened, or a statement prepared on one, takes more answers; not for the same three times.
      for (let count = 0; count < 3 && time - expected >= MAX_ADDED_MS; count += 1)
        time = Math.min(time, await timeWithSlowSql(prepare, admin));
      added.push([prepare.name, time - expected]);
    }
    const columns = added.map(([way, milliseconds]) => `${way} ${milliseconds.toFixed(0)}`);
    process.stderr.write(
      `SQL slow by 300 ms, added beyond its statements to what ends sessions in ms: ${columns.join(', ')}\n`,
    );
    for (const [, milliseconds] of added) expect(milliseconds).toBeLessThan(MAX_ADDED_MS);
  }, 120_000);

  const bothGone = (['SIGSTOP', 'SIGKILL'] as const).flatMap((signal) =>
    (['freeze', 'cut'] as const).map((fault) => [signal, fault] as const),
  );

  /** What refused changes take longer than usual, at most. */
  async function refusals(trouble: string): Promise<number> {
    const durations: number[] = [];
    while (durations.length < SAMPLES) {
      const startedAt = performance.now();
      const answer = await sendGraphql(stack.services.gateway.url, {
        query: OPERATIONS.updateProfile,
        headers: bearer(ada.accessToken),
      });
      durations.push(performance.now() - startedAt);
      expect(summaryOf(answer.errors)).toEqual(['updateProfile SERVICE_UNAVAILABLE']);
    }
    process.stderr.write(`both gone, ${trouble}, in ms: ${durations.map((value) => value.toFixed(0)).join(' ')}\n`);
    return Math.max(...durations) - medianOf(healthy.updateProfile);
  }

  it.each(bothGone)('ends with a refusal when Auth cannot be asked either: %s, %s', async (signal, fault) => {
    const { network } = stack.services;
    redis.signal(signal);
    network?.auth[fault]();
    try {
      const first = await refusals(`${signal}, ${fault}`);
      // One slow moment of this machine is not the wait's fault.
      const worst = first < MAX_ADDED_MS ? first : await refusals(`${signal}, ${fault}, again`);
      expect(worst).toBeLessThan(MAX_ADDED_MS);
    } finally {
      network?.auth.heal();
      if (signal === 'SIGSTOP') redis.signal('SIGCONT');
      else await redis.restart();
    }
    await send('updateProfile', ada.accessToken);
  });

  it('is worth waiting for when Auth is slow, but lives', async () => {
    redis.signal('SIGSTOP');
    stack.services.network?.sql.delay(600);
    try {
      // Refused by the Users subgraph before it asks SQL, but not before it has asked Auth.
      const query = 'mutation { updateProfile(input: { avatarUrl: "none" }) { userErrors { code } } }';
      const answer = await sendGraphql(stack.services.gateway.url, { query, headers: bearer(ada.accessToken) });
      expect(answer.data).toEqual({ updateProfile: { userErrors: [{ code: 'INVALID_INPUT' }] } });
    } finally {
      stack.services.network?.sql.heal();
      redis.signal('SIGCONT');
    }
  });

  it('is over soon after a connection has died without a word', async () => {
    stack.services.network?.redis.strand();
    expect(await statementsOf('me')).toBe(2);
    const deadline = Date.now() + 10_000;
    while ((await statementsOf('me')) > 1)
      if (Date.now() > deadline) throw new Error('SQL is still asked about revocations');
  });
});

function medianOf(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}
