import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from '@identity/client/client';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { stackName } from '../harness/stack-name.js';
import { createLedger, type KnownAccount } from './ledger.js';
import { createOperations, type Operations } from './operations.js';
import type { Part } from './parts.js';
import { createPlainFetch } from './plain-fetch.js';
import { type Random, seededRandom } from './random.js';
import { rounds } from './rounds.js';
import { startTraffic } from './traffic.js';
import { verifyAccounts, verifyCounts } from './verify.js';
import { startWorld, type World } from './worlds.js';

jest.setTimeout(3_600_000);

const PEOPLE = 6;
const MAX_QUIET_MS = 600;
const MAX_DOWN_MS = 400;
const TWO_AT_ONCE = 0.3;
const PAUSE_MS = 20;

let world: World;

beforeAll(async () => {
  // What the gateway gives up is over in a subgraph soon after, as it is in use.
  world = await startWorld({ environment: { DATABASE_TIMEOUT_MS: '' } });
});

afterAll(() => world.close());

it('loses and doubles nothing that it has confirmed, and leaves nobody stuck, whatever is killed', async () => {
  const random = seededRandom(`${stackName()}, kills`);
  const ledger = createLedger();
  const client = createClient({
    url: `${world.gatewayUrl}/graphql`,
    fetch: createPlainFetch(),
  });
  const operations = createOperations(client, ledger, 'person');
  const witness = await operations.register();
  if (witness === null) throw new Error(ledger.violations.join());

  const traffic = startTraffic(PEOPLE, operations, random);
  const kills = new Map(world.parts.map(({ name }) => [name, 0]));
  const recoveries: number[] = [];
  const victims = turnsOf(world.parts, random);
  while (Math.min(...kills.values()) < rounds.killsOfEach[stackName()]) {
    await sleep(random.next() * MAX_QUIET_MS);
    const struck = [...new Set([victims(), ...(random.next() < TWO_AT_ONCE ? [victims()] : [])])];
    for (const part of struck) part.kill();
    await sleep(random.next() * MAX_DOWN_MS);
    await Promise.all(struck.map((part) => part.start()));
    for (const { name } of struck) kills.set(name, (kills.get(name) ?? 0) + 1);
    recoveries.push(await timeToRecover(operations, witness));
  }
  await traffic.stop();

  await verifyAccounts({ ledger, operations, client, databaseUrls: world.databaseUrls });
  const counts = await verifyCounts({ ledger, operations, client, databaseUrls: world.databaseUrls });
  const { confirmed, unanswered, unknownSessions, endedByGrace, violations } = ledger;
  const slowestRecoveryMs = Math.round(Math.max(...recoveries));
  const report = {
    kills: Object.fromEntries(kills),
    rounds: recoveries.length,
    slowestRecoveryMs,
    confirmed: Object.fromEntries(confirmed),
    counts,
    unanswered: unanswered.length,
    unknownSessions,
    endedByGrace,
    violations: violations.length,
  };
  process.stderr.write(`${stackName()}, kills: ${JSON.stringify(report)}\n`);
  expect(violations).toEqual([]);
  expect(world.services.flatMap(({ crashes }) => crashes)).toEqual([]);
  expect(slowestRecoveryMs).toBeLessThan(rounds.recoveredWithinMs);
  expect([...confirmed.keys()]).toEqual(expect.arrayContaining(['register', 'refreshSession', 'updateProfile']));
});

/** How long it takes until everything works that somebody needs, in milliseconds. */
async function timeToRecover(operations: Operations, witness: KnownAccount): Promise<number> {
  const begun = performance.now();
  const { version } = witness;
  const session = await operations.login(witness);
  while (session !== null && witness.version === version && performance.now() - begun < rounds.recoveredWithinMs) {
    await operations.update(witness, session);
    await sleep(PAUSE_MS);
  }
  return performance.now() - begun;
}

/** Each part as often as the others, in an order left to chance. */
function turnsOf(parts: readonly Part[], random: Random): () => Part {
  let waiting: Part[] = [];
  return () => {
    if (waiting.length === 0) waiting = [...parts];
    const [part] = waiting.splice(random.below(waiting.length), 1);
    if (part === undefined) throw new Error('There are no parts.');
    return part;
  };
}
