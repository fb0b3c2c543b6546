import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@identity/client/client';
import { bearer } from '../harness/graphql.js';
import { registerSomebody } from '../harness/people.js';
import { lastingPort } from '../torture/parts.js';
import { createPlainFetch } from '../torture/plain-fetch.js';
import { startWorld } from '../torture/worlds.js';
import { operationOf } from './operations.js';
import { observe, trendOf, type Observation, type Watched } from './observations.js';

// Sends operations of which no two are alike, so that no cache can hold them all, to services with a small heap.

const STACK = process.argv[2] === 'embedded' ? 'embedded' : 'distributed';
const OPERATIONS = Number(process.env['SOAK_OPERATIONS'] ?? 100_000);
const BATCHES = 50;
const AT_ONCE = 8;
const HEAP_MIB = 256;
/** How much memory may grow in the second half: less than what garbage there is at a moment. */
const MAX_GROWTH_MIB = 24;
/** The same without garbage. */
const MAX_HEAP_GROWTH_MIB = 3;
/** Connections come and go with what is under way. */
const MAX_MORE = AT_ONCE;

Reflect.set(globalThis, 'STACK', STACK);
const folder = await mkdtemp(join(tmpdir(), 'identity-soak-'));
process.env['SOAK_FOLDER'] = folder;
const collectedHeap = new URL('collected-heap.js', import.meta.url);
const SERVICES = ['gateway', 'auth', 'users'] as const;
const ports = { gateway: await lastingPort(), auth: await lastingPort(), users: await lastingPort() };
const world = await startWorld({
  nodeArguments: [`--max-old-space-size=${HEAP_MIB}`, '--expose-gc', '--import', collectedHeap.href],
  environment: {
    ACCESS_TOKEN_TTL_SECONDS: '3600',
    ...Object.fromEntries(SERVICES.map((name) => [`${name.toUpperCase()}_ADMIN_PORT`, String(ports[name])])),
  },
});

try {
  // The one process of the embedded stack has the gateway's port, among others.
  const watched = world.services.map(({ name, pid }): Watched => {
    const port = SERVICES.find((service) => service === name) ?? 'gateway';
    return { name, pid, adminUrl: `http://127.0.0.1:${ports[port]}`, folder };
  });
  await soak(watched, `${world.gatewayUrl}/graphql`);
  assert.deepEqual(
    world.services.flatMap(({ crashes }) => crashes),
    [],
  );
} finally {
  await world.close();
  await rm(folder, { recursive: true, force: true });
}

async function soak(watched: readonly Watched[], url: string): Promise<void> {
  const send = createPlainFetch();
  const sender = await registerSomebody(createClient({ url, fetch: send }));
  const headers = { 'content-type': 'application/json', ...bearer(sender.accessToken) };
  const seen = new Map<string, Observation[]>(watched.map(({ name }) => [name, []]));
  let answered = 0;

  async function sendOne(number: number): Promise<void> {
    const body = JSON.stringify({ query: operationOf(number, sender) });
    const response = await send(url, { method: 'POST', headers, body });
    const text = await response.text();
    assert.ok(response.status === 200 && !text.includes('"errors"'), text);
    answered += 1;
  }

  for (let batch = 0; batch < BATCHES; batch += 1) {
    const end = Math.round(((batch + 1) * OPERATIONS) / BATCHES);
    let next = answered;
    const work = async (): Promise<void> => {
      while (next < end) await sendOne((next += 1));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    for (const process of watched) seen.get(process.name)?.push(await observe(process, answered));
    if (batch % 10 === 9) report(seen, answered);
  }
  judge(seen);
}

function report(seen: ReadonlyMap<string, readonly Observation[]>, answered: number): void {
  process.stderr.write(`${answered} operations\n`);
  for (const [name, observations] of seen) process.stderr.write(`  ${name} ${JSON.stringify(observations.at(-1))}\n`);
}

function judge(seen: ReadonlyMap<string, readonly Observation[]>): void {
  for (const [name, observations] of seen) {
    for (const [what, most] of [
      ['residentMib', MAX_GROWTH_MIB],
      ['heapMib', MAX_HEAP_GROWTH_MIB],
    ] as const) {
      const trend = trendOf(observations, (observation) => observation[what]);
      const growth = (trend.slope * OPERATIONS) / 2 / 10_000;
      process.stderr.write(`${name}: ${what} in the second half ${JSON.stringify({ ...trend, growth })}\n`);
      assert.ok(growth < most, `${name} grows`);
    }
    for (const count of ['files', 'connections', 'timers'] as const) {
      const half = Math.floor(observations.length / 2);
      const [before, after] = [observations.slice(0, half), observations.slice(half)].map((part) =>
        Math.max(...part.map((observation) => observation[count])),
      );
      process.stderr.write(`${name}: ${count} at most ${before}, then ${after}\n`);
      assert.ok((after ?? Number.NaN) <= (before ?? Number.NaN) + MAX_MORE, `${name} holds more ${count}`);
    }
  }
}
