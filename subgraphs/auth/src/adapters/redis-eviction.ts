import type { ReadinessCheck } from '@identity/service-kit/health';
import type { Logger } from '@identity/service-kit/logger';
import type { RedisClient } from '@identity/service-kit/redis-client';

/** In what Redis tells of its memory. */
const POLICY = /^maxmemory_policy:(\w[\w-]*)/m;

const MESSAGE = 'redis may evict revocations when its memory is full; set maxmemory-policy to noeviction';

/**
 * Watches for a Redis that may throw away the news of a session's end and keep the lease that vouches for it. Warns once,
 * when the connection is there; a server that does not let this be asked counts as one that evicts nothing.
 *
 * @returns A check that rejects while Redis may evict.
 */
export function createEvictionCheck(redis: RedisClient, logger: Logger): ReadinessCheck {
  let warned = false;

  async function mayEvict(): Promise<boolean> {
    const servers = 'nodes' in redis ? redis.nodes('master') : [redis];
    const policies = await Promise.all(servers.map(policyOf));
    return policies.some((policy) => policy !== null && policy !== 'noeviction');
  }

  async function warnOnce(): Promise<void> {
    if (warned || !(await mayEvict())) return;
    warned = true;
    logger.warn(MESSAGE);
  }

  redis.on('ready', () => void warnOnce());

  return async () => {
    if (await mayEvict()) throw new Error(MESSAGE);
  };
}

/** Null when it cannot be asked: a server that is away has its own check, and some providers forbid the question. */
async function policyOf(server: { info(section: string): Promise<string> }): Promise<string | null> {
  try {
    return POLICY.exec(await server.info('memory'))?.[1] ?? null;
  } catch {
    return null;
  }
}
