import { createHmac, createSecretKey, randomBytes } from 'node:crypto';
import { rateLimited } from '@identity/service-kit/errors';
import bcrypt from 'bcrypt';
import pLimit from 'p-limit';
import type { HashingEvents, ObservedPasswordHasher } from '../domain/ports.js';

/** What a hasher is made from. */
export interface PasswordHasherOptions {
  /** Never stored beside the hashes, so that a stolen database alone cannot be attacked (NIST SP 800-63B, 3.1.1.2). */
  readonly pepper: string;
  /** bcrypt's work factor: each step doubles the time. */
  readonly cost: number;
  /** How many passwords are hashed at once; the work shares libuv's few threads with everything else. */
  readonly concurrency: number;
  /** How long a caller may have to wait for its turn, in milliseconds, before it is turned away. */
  readonly maxWait: number;
  readonly events?: HashingEvents;
}

/** Weight of the latest measurement in the running average of how long a hash takes. */
const SMOOTHING = 0.2;

/**
 * Creates the hashing of passwords: bcrypt over a keyed digest, because bcrypt itself ignores everything behind byte
 * 72 and behind a NUL. The decoy makes an unknown account cost what a wrong password costs.
 */
export async function createPasswordHasher({
  pepper,
  cost,
  concurrency,
  maxWait,
  events,
}: PasswordHasherOptions): Promise<ObservedPasswordHasher> {
  const pepperKey = createSecretKey(pepper, 'utf8');
  const limit = pLimit(concurrency);

  function digest(password: string): string {
    return createHmac('sha256', pepperKey).update(password).digest('base64');
  }

  const startedAt = performance.now();
  const decoy = await bcrypt.hash(digest(randomBytes(16).toString('hex')), cost);
  let averageDuration = performance.now() - startedAt;

  /** An older hash was cheaper to compare with: what is missing to the cost of an unknown account is spent here. */
  async function spendDifference(spent: number): Promise<void> {
    // Each step doubles, so the steps from the spent cost on add up to exactly what is missing.
    for (let rounds = spent; rounds < cost; rounds += 1) await bcrypt.hash(decoy, rounds);
  }

  async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const expectedWait = (limit.pendingCount / concurrency) * averageDuration;
    if (expectedWait > maxWait) {
      events?.onRefused();
      throw rateLimited(Math.ceil(expectedWait / 1_000));
    }
    return limit(async () => {
      const from = performance.now();
      const result = await work();
      const duration = performance.now() - from;
      averageDuration += SMOOTHING * (duration - averageDuration);
      events?.onHashed(duration / 1_000);
      return result;
    });
  }

  return {
    hash: (password) => inTurn(() => bcrypt.hash(digest(password), cost)),
    verify: async (password, hash) => {
      const compared = hash ?? decoy;
      return inTurn(async () => {
        const matches = (await bcrypt.compare(digest(password), compared)) && hash !== null;
        if (!matches) await spendDifference(bcrypt.getRounds(compared));
        return matches;
      });
    },
    load: () => ({ running: limit.activeCount, waiting: limit.pendingCount }),
    needsRehash: (hash) => bcrypt.getRounds(hash) < cost,
  };
}
