import { createHmac, createSecretKey, randomBytes } from 'node:crypto';
import { rateLimited } from '@identity/service-kit/errors';
import bcrypt from 'bcrypt';
import { createBcryptThreads, type BcryptThreads } from './bcrypt-threads.js';
import { createHashingLines } from './hashing-lines.js';
import type { HashingEvents, HashingLine, ObservedPasswordHasher, PasswordsOfRequest } from '../domain/ports.js';

/** What a hasher is made from. */
export interface PasswordHasherOptions {
  /** Never stored beside the hashes, so that a stolen database alone cannot be attacked (NIST SP 800-63B, 3.1.1.2). */
  readonly pepper: string;
  /** bcrypt's work factor: each step doubles the time. */
  readonly cost: number;
  /** How many passwords are hashed at once. */
  readonly concurrency: number;
  /** How long a request may have to wait for the turns of its passwords, in milliseconds, before it is turned away. */
  readonly maxWait: number;
  readonly events?: HashingEvents;
  /** Where passwords are hashed; ended with the hasher. By default threads that nobody else uses. */
  readonly threads?: BcryptThreads;
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
  threads = createBcryptThreads(),
}: PasswordHasherOptions): Promise<ObservedPasswordHasher> {
  const pepperKey = createSecretKey(pepper, 'utf8');
  const lines = createHashingLines(concurrency);

  function digest(password: string): string {
    return createHmac('sha256', pepperKey).update(password).digest('base64');
  }

  const startedAt = performance.now();
  const decoy = await bcrypt.hash(digest(randomBytes(16).toString('hex')), cost);
  let averageDuration = performance.now() - startedAt;

  /** An older hash was cheaper to compare with: what is missing to the cost of an unknown account is spent here. */
  async function spendDifference(spent: number): Promise<void> {
    // Each step doubles, so the steps from the spent cost on add up to exactly what is missing.
    for (let rounds = spent; rounds < cost; rounds += 1) await threads.hash(decoy, rounds);
  }

  function refuseBeyond(wait: number): void {
    if (wait <= maxWait) return;
    events?.onRefused();
    throw rateLimited(Math.ceil(wait / 1_000));
  }

  function forRequest(line: HashingLine): PasswordsOfRequest {
    let waited = 0;

    async function inTurn<T>(work: () => Promise<T>): Promise<T> {
      const arrivedAt = performance.now();
      const hasToWait = lines.isBusy();
      refuseBeyond(waited + (lines.countBefore(line) / concurrency) * averageDuration);
      return lines.inTurn(line, async () => {
        const from = performance.now();
        if (hasToWait) {
          waited += from - arrivedAt;
          // Hashing has become slower since the wait was estimated: whoever has called may have given up.
          refuseBeyond(waited);
        }
        const result = await work();
        const duration = performance.now() - from;
        averageDuration += SMOOTHING * (duration - averageDuration);
        events?.onHashed(duration / 1_000);
        return result;
      });
    }

    return {
      hash: (password) => inTurn(() => threads.hash(digest(password), cost)),
      verify: async (password, hash) => {
        const compared = hash ?? decoy;
        return inTurn(async () => {
          const matches = (await threads.compare(digest(password), compared)) && hash !== null;
          if (!matches) await spendDifference(bcrypt.getRounds(compared));
          return matches;
        });
      },
    };
  }

  return {
    forRequest,
    load: lines.load,
    close: threads.close,
    needsRehash: (hash) => bcrypt.getRounds(hash) < cost,
  };
}
