import { Cluster, Redis, type ClusterOptions, type RedisOptions } from 'ioredis';
import { withDeadline } from './deadline.js';
import type { Logger } from './logger.js';
import { parseRedisUrl, type RedisPlace } from './redis-url.js';

/**
 * A Redis, however many servers it is made of. In a Cluster the keys of one command or transaction must share a hash
 * tag.
 */
export type RedisClient = Redis | Cluster;

/** For every connection to a server. */
const CONNECTION = {
  maxRetriesPerRequest: 1,
  commandTimeout: 300,
  connectTimeout: 1_000,
  socketTimeout: 2_000,
} as const satisfies RedisOptions;

/** How long a Redis that does not say goodbye is waited for, in milliseconds. */
const FAREWELL_MS = 500;

const retryDelay = (attempt: number): number => Math.min(attempt * 50, 1_000);

const SINGLE = {
  ...CONNECTION,
  enableOfflineQueue: false,
  retryStrategy: retryDelay,
  // A master that has become a replica says so only when it is written to.
  reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
} as const satisfies RedisOptions;

/** As many redirections as a move of slots takes; a command must not outlive the patience of whoever waits for it. */
const CLUSTER: ClusterOptions = {
  enableOfflineQueue: false,
  maxRedirections: 3,
  retryDelayOnFailover: 50,
  retryDelayOnClusterDown: 50,
  retryDelayOnTryAgain: 50,
  clusterRetryStrategy: retryDelay,
};

/**
 * Connects to Redis so that a command fails within 300 ms when Redis does not answer, instead of waiting for its
 * return; in a Cluster it may be sent again to where its slot has moved. Starting without Redis is allowed; the
 * connection is tried again until it succeeds. One that has gone silent is given up after 2 s, where the operating
 * system would wait for minutes.
 *
 * @param url - In one of the forms that `parseRedisUrl` reads.
 */
export function createRedisClient(url: string, logger: Logger): RedisClient {
  const place = parseRedisUrl(url);
  const redis = place === null || place.kind === 'server' ? new Redis(url, SINGLE) : createGroupClient(place);
  let reachable = true;
  redis.on('error', (error) => {
    if (reachable) logger.warn({ err: error }, 'redis is not reachable');
    reachable = false;
  });
  redis.on('ready', () => {
    if (!reachable) logger.info('redis is reachable again');
    reachable = true;
  });
  return redis;
}

/** Lets go of Redis for good. Resolves when the connection is closed, or when Redis has had its time for that. */
export async function closeRedisClient(redis: RedisClient): Promise<void> {
  const isConnected = redis.status === 'ready';
  const ended = new Promise<void>((resolve) => redis.once('end', resolve));
  redis.disconnect();
  if (isConnected) await withDeadline(ended, FAREWELL_MS).catch(() => undefined);
}

function createGroupClient(place: RedisPlace): RedisClient {
  const { kind, addresses, username, password, tls, master, sentinelPassword } = place;
  const credentials = {
    ...(username === '' ? {} : { username }),
    ...(password === '' ? {} : { password }),
    ...(tls ? { tls: {} } : {}),
  };
  if (kind === 'cluster')
    return new Cluster([...addresses], { ...CLUSTER, redisOptions: { ...CONNECTION, ...credentials } });
  return new Redis({
    ...SINGLE,
    ...credentials,
    sentinels: [...addresses],
    name: master,
    sentinelRetryStrategy: retryDelay,
    sentinelCommandTimeout: 1_000,
    ...(sentinelPassword === '' ? {} : { sentinelPassword }),
    ...(tls ? { enableTLSForSentinelMode: true, sentinelTLS: {} } : {}),
  });
}
