import assert from 'node:assert/strict';
import { createClient } from '@identity/client/client';
import { bearer } from '../harness/graphql.js';
import { registerSomebody } from '../harness/people.js';
import { lastingPort } from '../torture/parts.js';
import { createPlainFetch } from '../torture/plain-fetch.js';
import { startWorld } from '../torture/worlds.js';
import { observe, trendOf, type Observation, type Watched } from './observations.js';

// Sends operations of which no two are alike, so that no cache can hold them all, to services with a small heap.

const OPERATIONS = Number(process.env['SOAK_OPERATIONS'] ?? 100_000);
const BATCHES = 50;
const AT_ONCE = 8;
const HEAP_MIB = 256;
/** How much memory may grow in the second half: less than what garbage there is at a moment. */
const MAX_GROWTH_MIB = 24;
/** Connections come and go with what is under way. */
const MAX_MORE = AT_ONCE;

Reflect.set(globalThis, 'STACK', 'distributed');
const SERVICES = ['gateway', 'auth', 'users'] as const;
const ports = { gateway: await lastingPort(), auth: await lastingPort(), users: await lastingPort() };
const world = await startWorld({
  nodeArguments: [`--max-old-space-size=${HEAP_MIB}`],
  environment: {
    ACCESS_TOKEN_TTL_SECONDS: '3600',
    ...Object.fromEntries(SERVICES.map((name) => [`${name.toUpperCase()}_ADMIN_PORT`, String(ports[name])])),
  },
});

try {
  const watched = SERVICES.map((name): Watched => {
    const { pid } = world.parts.find((part) => part.name === name) ?? assert.fail(`there is no ${name}`);
    return { name, pid, adminUrl: `http://127.0.0.1:${ports[name]}` };
  });
  await soak(watched, `${world.gatewayUrl}/graphql`);
  assert.deepEqual(
    world.services.flatMap(({ crashes }) => crashes),
    [],
  );
} finally {
  await world.close();
}

async function soak(watched: readonly Watched[], url: string): Promise<void> {
  const send = createPlainFetch();
  const { accessToken } = await registerSomebody(createClient({ url, fetch: send }));
  const headers = { 'content-type': 'application/json', ...bearer(accessToken) };
  const seen = new Map<string, Observation[]>(watched.map(({ name }) => [name, []]));
  let answered = 0;

  async function sendOne(number: number): Promise<void> {
    const response = await send(url, { method: 'POST', headers, body: JSON.stringify({ query: operation(number) }) });
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

/** Every other one asks both subgraphs. */
function operation(number: number): string {
  const profile = number % 2 === 0 ? ` profile { b${number}: bio }` : '';
  return `query Soak${number} { me { id u${number}: username${profile} } }`;
}

function report(seen: ReadonlyMap<string, readonly Observation[]>, answered: number): void {
  process.stderr.write(`${answered} operations\n`);
  for (const [name, observations] of seen) process.stderr.write(`  ${name} ${JSON.stringify(observations.at(-1))}\n`);
}

function judge(seen: ReadonlyMap<string, readonly Observation[]>): void {
  for (const [name, observations] of seen) {
    const memory = trendOf(observations, ({ residentMib }) => residentMib);
    const growth = (memory.slope * OPERATIONS) / 2 / 10_000;
    process.stderr.write(`${name}: resident memory in the second half ${JSON.stringify({ ...memory, growth })}\n`);
    assert.ok(growth < MAX_GROWTH_MIB, `${name} grows`);
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
