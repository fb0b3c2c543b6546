import { Redis } from 'ioredis';
import type { Logger } from './logger.js';

/**
 * Connects to Redis so that a command fails within 300 ms when Redis does not answer, instead of waiting for its
 * return. Starting without Redis is allowed; the connection is tried again until it succeeds. One that has gone silent
 * is given up after 2 s, where the operating system would wait for minutes.
 */
export function createRedisClient(url: string, logger: Logger): Redis {
  const redis = new Redis(url, {
    maxRetriesPerRequest: 1,
    enableOfflineQueue: false,
    commandTimeout: 300,
    connectTimeout: 1_000,
    socketTimeout: 2_000,
    retryStrategy: (attempt) => Math.min(attempt * 50, 1_000),
  });
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
