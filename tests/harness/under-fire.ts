import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from '@jest/globals';
import { waysToEnd } from './endings.js';
import { startHammer, type HammerReport } from './hammer.js';
import { registerAdmin } from './people.js';
import { stackName } from './stack-name.js';
import type { TestStack } from './stack.js';

/** Longer than Redis is believed without being renewed, and than it takes to be renewed. */
const LINGER_MS = 600;

/** Uses of ended sessions without which nothing is proven, and how long a machine that is busy may take for them. */
const ENOUGH = { late: 40, withinMs: 10_000 };

/**
 * The uses of live sessions that may be refused in a trouble: this share of them, or as many as this. A machine that is too
 * busy to learn in time whether a session lives refuses it, so that it accepts none that has ended: it fails closed, as it
 * should, which breaks no promise. With little of one core for all of it, two of seventeen were.
 */
const REFUSABLE = { share: 0.15, uses: 3 };

/** Something that goes wrong for a while. */
export interface Trouble {
  begin(): unknown;
  end(): unknown;
}

/** What came of using tokens, and whether anything was wrong meanwhile. */
export interface FireReport extends HammerReport {
  readonly inTrouble: boolean;
}

/**
 * Ends sessions in every way, on the replicas in turn, while their tokens are used on all without a pause; in a trouble
 * that begins before and is over afterwards, when they are used some more.
 */
export async function endSessionsUnderFire(stack: TestStack, trouble?: Trouble): Promise<FireReport> {
  const admin = await registerAdmin(stack);
  const endings = await Promise.all(
    waysToEnd.map((prepare, index) => prepare(stack.clients[index % stack.clients.length] ?? stack.client, admin)),
  );
  const hammer = startHammer({
    gatewayUrls: stack.replicas.map(({ gateway }) => gateway.url),
    doomed: endings.flatMap(({ doomed }) => doomed),
    living: endings.flatMap(({ living }) => living).slice(0, 2),
  });
  try {
    await trouble?.begin();
    await Promise.all(endings.map(({ end }) => end()));
    await sleep(LINGER_MS);
  } finally {
    await trouble?.end();
  }
  await sleep(LINGER_MS);
  return { ...(await hammer.stopAfter(ENOUGH)), inTrouble: trouble !== undefined };
}

/**
 * No use of a token that began after the answer about its end was accepted, and uses of other tokens were. The figures
 * are written out under a name.
 */
export function expectNoLateUse(name: string, report: FireReport): void {
  const { late, lateAccepted, live, liveRefused, inTrouble } = report;
  process.stderr.write(
    `${stackName()}, ${name}: ${lateAccepted} of ${late} uses of ended sessions accepted, ` +
      `${liveRefused.length} of ${live} uses of live ones refused\n`,
  );
  expect(lateAccepted).toBe(0);
  expect(late).toBeGreaterThanOrEqual(ENOUGH.late);
  expect(live).toBeGreaterThan(0);
  // A refusal for want of time says so.
  expect(liveRefused.filter((answer) => !answer.includes('"SERVICE_UNAVAILABLE"'))).toEqual([]);
  expect(liveRefused.length).toBeLessThanOrEqual(inTrouble ? Math.max(REFUSABLE.uses, live * REFUSABLE.share) : 0);
}
