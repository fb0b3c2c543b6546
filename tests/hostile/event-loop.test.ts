import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@identity/client/client';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { logInAgain, registerSomebody, type Person } from '../harness/people.js';
import { stackName } from '../harness/stack-name.js';
import { startWorld, type World } from '../torture/worlds.js';
import { slownessOfMachine } from './machine-speed.js';
import type { Known, WorstRequest } from './request-texts.js';
import { CROWDED_CUSTOM, LARGEST_CUSTOM, LARGEST_PROFILE, WORST_ANSWERS } from './worst-answers.js';
import { WORST_DOCUMENTS } from './worst-documents.js';
import { WORST_VALUES } from './worst-values.js';

jest.setTimeout(120_000);

// Answers first: among the values are some that change a profile.
const WORST_REQUESTS = [...WORST_ANSWERS, ...WORST_DOCUMENTS, ...WORST_VALUES];

/**
 * A compiler at work, a collection of garbage or a neighbour on the same core makes some of several slower, and on a busy
 * machine most. What a request takes by itself is in all of them, so the second shortest decides.
 */
const REPEATS = 5;
/** What subgraphs may answer to one request, and the errors that the gateway adds. */
const MAX_BYTES = 2.5 * 1_024 * 1_024;
const HEAP_MIB = 256;
/** A heap, and what is beside it: code, and texts that have just been received or are being sent. */
const MAX_RESIDENT_MIB = 640;
/** How long a request takes does not matter here, and others are at work on this machine. */
const PATIENT = { SUBGRAPH_TIMEOUT_MS: '20000', REQUEST_TIMEOUT_MS: '40000' };
const SESSIONS = 100;
/** How many of the worst are printed. */
const TOLD = 10;

let folder: string;
let blocksFile: string;
let world: World;
let somebody: Person;
let crowded: Person;
let known: Known;
let salt = 0;
let slowness: number;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'identity-blocks-'));
  blocksFile = join(folder, 'blocks');
  await writeFile(blocksFile, '');
  const meter = new URL(`block-meter.js?to=${encodeURIComponent(blocksFile)}`, import.meta.url);
  const nodeArguments = [`--max-old-space-size=${String(HEAP_MIB)}`, '--import', meter.href];
  world = await startWorld({ nodeArguments, environment: PATIENT });
  const client = createClient({ url: `${world.gatewayUrl}/graphql` });
  const other = await registerSomebody(client);
  somebody = await registerSomebody(client);
  crowded = await registerSomebody(client);
  for (let n = 1; n < SESSIONS; n += 1) somebody = await logInAgain(client, somebody);
  const customs = [
    [other, LARGEST_CUSTOM],
    [somebody, LARGEST_CUSTOM],
    [crowded, CROWDED_CUSTOM],
  ] as const;
  for (const [{ client: own }, custom] of customs) {
    const profile = await own.updateProfile({ input: LARGEST_PROFILE });
    const preferences = await own.updatePreferences({ input: { custom } });
    if (profile.data?.updateProfile.user == null || preferences.data?.updatePreferences.user == null)
      throw new Error('a profile cannot be that large');
  }
  slowness = slownessOfMachine();
  process.stderr.write(`This machine is ${slowness.toFixed(2)} times as slow as the limits are meant for\n`);
  const { data } = await somebody.client.mySessions({ first: 1 });
  known = {
    ownId: somebody.id,
    userId: other.id,
    crowdedId: crowded.id,
    sessionId: data?.me?.sessions?.nodes[0]?.id ?? '',
  };
});

afterAll(async () => {
  await world.close();
  await rm(folder, { recursive: true });
});

/** Sends a request, and tells how long it has kept a service from everything else, in milliseconds of processor time. */
async function blockOf({ body, headers = {}, minBytes = 0, ...request }: WorstRequest): Promise<number> {
  salt += 1;
  const sender = request.asCrowded === true ? crowded : request.asSomebody === true ? somebody : null;
  await writeFile(blocksFile, '');
  const response = await fetch(`${world.gatewayUrl}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(sender === null ? {} : { authorization: `Bearer ${sender.accessToken}` }),
      ...headers,
    },
    body: body(String(salt), known),
  });
  const text = await response.text();
  expect(response.status).toBeLessThan(500);
  const bytes = Buffer.byteLength(text);
  expect(bytes).toBeGreaterThanOrEqual(minBytes);
  expect(bytes).toBeLessThan(MAX_BYTES);
  expect(text).not.toMatch(/"INTERNAL_SERVER_ERROR"|"SERVICE_UNAVAILABLE"/);
  // Answered by the same turns of the event loop as anything else, so that what was measured before has been written.
  await (await fetch(`${world.gatewayUrl}/health/live`)).text();
  const blocks = (await readFile(blocksFile, 'utf8')).split('\n').map(Number);
  return Math.max(...blocks);
}

function secondShortestOf(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[1] ?? Number.NaN;
}

describe('no single request keeps a service from the others for long', () => {
  const figures: string[] = [];

  afterAll(() => {
    const told = figures.sort().reverse().slice(0, TOLD);
    process.stderr.write(`Longest blocks on the ${stackName()} stack, in milliseconds:\n${told.join('\n')}\n`);
  });

  it.each(WORST_REQUESTS.map((request) => [request.what, request] as const))('%s', async (what, request) => {
    const limit = (request.limitMs ?? 100) * slowness;
    const blocks: number[] = [];
    while (blocks.length < REPEATS) blocks.push(await blockOf(request));
    const block = secondShortestOf(blocks);
    figures.push(`${block.toFixed(0).padStart(5)} ${what} (${blocks.map((each) => each.toFixed(0)).join(', ')})`);
    expect(block).toBeLessThan(limit);
  });

  it('and none takes more memory than there is', async () => {
    for (const { name, pid, crashes } of world.services) {
      const [, kib = ''] = /^VmHWM:\s+(\d+) kB$/m.exec(await readFile(`/proc/${String(pid)}/status`, 'utf8')) ?? [];
      process.stderr.write(`At most ${(Number(kib) / 1_024).toFixed(0)} MiB in ${name} on the ${stackName()} stack\n`);
      expect(crashes).toEqual([]);
      expect(Number(kib) / 1_024).toBeLessThan(MAX_RESIDENT_MIB);
    }
  });
});
