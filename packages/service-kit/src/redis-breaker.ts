import { withDeadline } from './deadline.js';
import type { Logger } from './logger.js';
import type { RedisClient } from './redis-client.js';

/** How long Redis, a millisecond away, may take, in milliseconds; a request may have to wait as long in every service. */
const DEADLINE_MS = 30;
/** From one look at a watched Redis to the next. Well within the time that a mutation waits for leases to run out. */
const LOOK_INTERVAL_MS = 150;

/**
 * Asks Redis one question under a short deadline.
 *
 * @throws an error of any kind when there is no answer: the caller must be able to do without.
 */
export type AskRedis = <T>(question: (redis: RedisClient) => Promise<T>) => Promise<T>;

/** The breakers of one process that expect of each other's Redis what has befallen their own. */
export type BreakerGroup = Set<() => void>;

/** What a breaker is made from. */
export interface RedisBreakerOptions {
  readonly redis: RedisClient;
  /** Any key that is on the same server of a Cluster as those asked for: that server is the one that may hang. */
  readonly nearbyKey: string;
  /** A request asks with several breakers, and is to pay the deadline once. */
  readonly group?: BreakerGroup | undefined;
  /** Whether to look at Redis unasked, so that nobody pays the deadline but for what they ask just after it has fallen silent. */
  readonly watched?: boolean;
  readonly logger: Logger;
}

/** Thrown instead of asking: Redis has not answered lately. */
export class RedisSilentError extends Error {
  override readonly name = 'RedisSilentError';
}

/**
 * Creates a way to ask a Redis that may hang. The first question without an answer costs its callers the deadline; from
 * then on nobody waits for Redis until it has answered a question without consequence, which is sent when somebody would like to ask.
 * The others of its group do not wait either, each until its own such question has been answered.
 */
export function createRedisBreaker(options: RedisBreakerOptions): AskRedis {
  const { redis, nearbyKey, group, watched = false, logger } = options;
  let silent = false;
  let probing = false;
  group?.add(expectSilence);
  if (watched) watch();

  function expectSilence(): void {
    silent = true;
  }

  function fallSilent(error: unknown): void {
    if (silent) return;
    logger.warn({ err: error }, 'redis does not answer in time; it is not waited for until it does');
    expectSilence();
    for (const tell of group ?? []) tell();
  }

  async function probe(): Promise<void> {
    if (probing) return;
    probing = true;
    try {
      await withDeadline(redis.exists(nearbyKey), DEADLINE_MS);
      silent = false;
      logger.info('redis answers in time again');
    } catch {
      // The next one to ask tries again.
    } finally {
      probing = false;
    }
  }

  function watch(): void {
    const looking = setInterval(() => {
      // Without a connection there is no answer at once, which costs nobody a deadline.
      if (redis.status === 'ready') ask((server) => server.exists(nearbyKey)).catch(() => undefined);
    }, LOOK_INTERVAL_MS).unref();
    redis.once('end', () => {
      clearInterval(looking);
    });
  }

  async function ask<T>(question: (redis: RedisClient) => Promise<T>): Promise<T> {
    if (silent) {
      void probe();
      throw new RedisSilentError('redis has not answered lately');
    }
    try {
      return await withDeadline(question(redis), DEADLINE_MS);
    } catch (error) {
      fallSilent(error);
      throw error;
    }
  }

  return ask;
}
