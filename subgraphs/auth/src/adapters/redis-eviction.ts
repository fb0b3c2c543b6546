import type { ReadinessCheck } from '@identity/service-kit/health';
import type { Logger } from '@identity/service-kit/logger';
import type { RedisClient } from '@identity/service-kit/redis-client';
import { revocationKeys } from '@identity/service-kit/revocation';
import { ReplyError } from 'ioredis';
import { execute } from './revocation-writes.js';

/** In what Redis tells of its memory. */
const POLICY = /^maxmemory_policy:(\w[\w-]*)/m;
/** In its statistics. */
const EVICTED_KEYS = /^evicted_keys:(\d+)/m;

const MAY_EVICT =
  'redis may evict revocations when its memory is full, so it is asked about none; set maxmemory-policy to noeviction';
const SAYS_NOTHING = 'redis does not say whether it may evict revocations, so it is asked about none; permit INFO';

/** Watches for a Redis that may throw away the news of a session's end and keep the lease that vouches for it. */
export interface EvictionWatch {
  /**
   * How many keys have been evicted since the server was started, or its statistics were reset; null while it may evict
   * more, or does not say. Logs when that begins and when it is over.
   *
   * @throws an error of any kind when there is no answer.
   */
  evictedKeys(): Promise<number | null>;
  /** Rejects while Redis may evict, or does not say. A server that is away has a check of its own. */
  readonly check: ReadinessCheck;
}

/** Creates what asks the server that has the revocations. */
export function createEvictionWatch(redis: RedisClient, logger: Logger): EvictionWatch {
  let latestProblem: string | null = null;

  async function ask(): Promise<{ readonly evictedKeys: number; readonly problem: string | null }> {
    const [memory, statistics] = await askServer();
    const [policy, evictedKeys] = [POLICY.exec(memory)?.[1], EVICTED_KEYS.exec(statistics)?.[1]];
    if (policy === undefined || evictedKeys === undefined) return { evictedKeys: 0, problem: SAYS_NOTHING };
    return { evictedKeys: Number(evictedKeys), problem: policy === 'noeviction' ? null : MAY_EVICT };
  }

  /** In a transaction, which goes where its key is in a Cluster, and follows it from there. */
  async function askServer(): Promise<readonly [string, string]> {
    try {
      const [, memory, statistics] = await execute(
        redis.multi().exists(revocationKeys.lease).info('memory').info('stats'),
      );
      return [String(memory), String(statistics)];
    } catch (error) {
      if (error instanceof ReplyError) return ['', ''];
      throw error;
    }
  }

  return {
    async evictedKeys() {
      const { evictedKeys, problem } = await ask();
      if (problem !== null && problem !== latestProblem) logger.warn(problem);
      if (problem === null && latestProblem !== null) logger.info('redis evicts no revocations any more');
      latestProblem = problem;
      return problem === null ? evictedKeys : null;
    },
    async check() {
      const problem = await ask().then(
        (answer) => answer.problem,
        () => null,
      );
      if (problem !== null) throw new Error(problem);
    },
  };
}
