import { createClient } from '@identity/client/client';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { createLedger } from '../torture/ledger.js';
import { createOperations } from '../torture/operations.js';
import { createPlainFetch } from '../torture/plain-fetch.js';
import { seededRandom } from '../torture/random.js';
import { startTraffic } from '../torture/traffic.js';
import { type Fleet, type Group, IDLE_MS, INSTANCES, startFleet } from './fleet.js';

jest.setTimeout(3_600_000);

/** `npm run test:restarts` goes on for long. */
const IS_LONG = process.env['RESTARTS'] === 'long';
const ROUNDS = IS_LONG ? 20 : 1;
const PEOPLE = IS_LONG ? 6 : 3;

let fleet: Fleet;

beforeAll(async () => {
  fleet = await startFleet({ isPatient: !IS_LONG });
});

afterAll(() => fleet.close());

it('no request fails while every service is replaced, one instance after the other', async () => {
  const ledger = createLedger();
  let requests = 0;
  const send = createPlainFetch({ idleMs: IDLE_MS });
  const client = createClient({
    url: `${fleet.url}/graphql`,
    fetch: (url, init) => {
      requests += 1;
      return send(url, init);
    },
  });
  const traffic = startTraffic(PEOPLE, createOperations(client, ledger, 'person'), seededRandom('restarts'));
  const restarts = { auth: 0, users: 0, gateway: 0 };
  const exitCodes = new Set<number | null>();
  for (let round = 0; round < ROUNDS; round += 1) {
    for (let index = 0; index < INSTANCES; index += 1) {
      // Three that start at once take all of a small machine, and whatever then has no share of it for a third of a second
      // counts as gone.
      for (const group of fleet.groups) {
        const before = requests;
        exitCodes.add(await restart(group, index));
        restarts[group.name] += 1;
        expect(requests).toBeGreaterThan(before);
      }
    }
  }
  await traffic.stop();

  const { confirmed, unanswered, violations } = ledger;
  const refused = fleet.groups.map(({ balancer }) => balancer.refused);
  const report = { restarts, requests, failures: unanswered.length, confirmed: Object.fromEntries(confirmed) };
  process.stderr.write(`rolling restarts: ${JSON.stringify(report)}\n`);
  const instances = fleet.groups.flatMap((group) => group.instances);
  if (unanswered.length > 0)
    for (const { name, printed } of instances) process.stderr.write(`${name} printed:\n${printed}\n`);
  expect(violations).toEqual([]);
  expect(instances.flatMap(({ crashes }) => crashes)).toEqual([]);
  const times = ROUNDS * INSTANCES;
  expect(restarts).toEqual({ auth: times, users: times, gateway: times });
  expect({ failures: unanswered, refused, exitCodes: [...exitCodes] }).toEqual({
    failures: [],
    refused: [0, 0, 0],
    exitCodes: [0],
  });
  // Both instances of each had work to do.
  for (const { balancer } of fleet.groups) expect(Math.min(...balancer.given)).toBeGreaterThan(0);
  expect([...confirmed.keys()]).toEqual(expect.arrayContaining(['register', 'refreshSession', 'updateProfile']));
});

/** @returns the exit code of the instance whose turn it was */
async function restart({ instances, untilReady }: Group, index: number): Promise<number | null> {
  const instance = instances[index];
  if (instance === undefined) throw new Error('There are no instances.');
  const exitCode = await instance.terminate();
  await instance.start();
  await untilReady();
  return exitCode;
}
