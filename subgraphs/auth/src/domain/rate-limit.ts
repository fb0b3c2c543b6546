import { networkOf, widerNetworksOf } from '@identity/service-kit/network';
import { rateLimited, type PublicError } from '@identity/service-kit/errors';

/** A limit on how often something may be tried for one subject, such as an address. It is shared by all instances. */
export interface RateLimit {
  /**
   * Counts an attempt, unless that would be more than the limit allows. Never rejects.
   *
   * @returns 0 if it was counted, otherwise the milliseconds until there may be another one.
   */
  count(subject: string): Promise<number>;
  /** The milliseconds until there may be another attempt, 0 if now. Counts nothing. Never rejects. */
  wait(subject: string): Promise<number>;
  /** Takes back one attempt that was counted. Never rejects. */
  withdraw(subject: string): Promise<void>;
  /** Takes back all attempts. Never rejects. */
  forget(subject: string): Promise<void>;
}

/** What is limited, and by what. */
export type LimitName =
  | 'loginNetwork'
  | 'loginAccountAtNetwork'
  | 'loginAccount'
  | 'loginKnownDevice'
  | 'loginSuccess'
  | 'registerNetwork'
  | 'refreshNetwork'
  | 'passwordCheckSession';

/** Those of them that count for a whole network. */
export type NetworkLimitName = Extract<LimitName, 'loginNetwork' | 'registerNetwork' | 'refreshNetwork'>;

/** A limit for a network, and for each wider one around it: the first is for the network itself, the widest is last. */
export type NetworkLimit = readonly [RateLimit, ...RateLimit[]];

/** All limits. */
export type RateLimits = Readonly<Record<Exclude<LimitName, NetworkLimitName>, RateLimit>> &
  Readonly<Record<NetworkLimitName, NetworkLimit>>;

/** What an attempt is counted for, and by which limit. */
export interface Counter {
  readonly limit: RateLimit;
  readonly subject: string;
}

/** Stands for the network of a client whose address is not known: all of them are limited as one. */
export const UNKNOWN_NETWORK = 'unknown';

/** What is counted for the network of an address, and for those around it. */
export function countersOfNetwork(limits: NetworkLimit, ipAddress: string | null): readonly Counter[] {
  const networks = [networkOf(ipAddress) ?? UNKNOWN_NETWORK, ...widerNetworksOf(ipAddress)];
  return limits.flatMap((limit, index) => networks.slice(index, index + 1).map((subject) => ({ limit, subject })));
}

/**
 * Does `work` as an attempt that counts, unless it throws: nothing has been tried then.
 *
 * @throws PublicError RATE_LIMITED instead of doing it, when that would be more than one of the limits allows.
 */
export async function withinLimits<T>(counters: readonly Counter[], work: () => Promise<T>): Promise<T> {
  const wait = await countAttempt(counters);
  if (wait > 0) throw refuseFor(wait);
  try {
    return await work();
  } catch (error) {
    await withdrawAttempt(counters);
    throw error;
  }
}

/**
 * Counts an attempt by every limit or, when one does not allow it, by none. One after the other: what the first limit
 * refuses leaves no trace in those behind it.
 *
 * @returns 0 if it was counted, otherwise the milliseconds until there may be another one.
 */
export async function countAttempt(counters: readonly Counter[]): Promise<number> {
  for (const [index, { limit, subject }] of counters.entries()) {
    const wait = await limit.count(subject);
    if (wait > 0) {
      await withdrawAttempt(counters.slice(0, index));
      return wait;
    }
  }
  return 0;
}

/** Takes back what {@link countAttempt} has counted. */
export async function withdrawAttempt(counters: readonly Counter[]): Promise<void> {
  await Promise.all(counters.map(({ limit, subject }) => limit.withdraw(subject)));
}

/** @param wait - In milliseconds; clients are told whole seconds, at least 1. */
export function refuseFor(wait: number): PublicError {
  return rateLimited(Math.max(1, Math.ceil(wait / 1_000)));
}
