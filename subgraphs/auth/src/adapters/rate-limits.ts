import { createHmac, createSecretKey, hkdfSync } from 'node:crypto';
import { createMemoryWindow, type AttemptWindow } from '@identity/service-kit/attempt-window';
import type { Allowance } from '@identity/service-kit/environment';
import type { Logger } from '@identity/service-kit/logger';
import { createRedisBreaker, type BreakerGroup } from '@identity/service-kit/redis-breaker';
import { closeRedisClient, createRedisClient } from '@identity/service-kit/redis-client';
import type { LimitName, NetworkLimit, NetworkLimitName, RateLimit, RateLimits } from '../domain/rate-limit.js';
import { createInsuredWindow, createRedisWindow } from './attempt-window.js';

/** What limits are made from. */
export interface RateLimitsOptions {
  /** Null for a single process, which counts for itself. */
  readonly redisUrl: string | null;
  /** Whoever else asks the same Redis. */
  readonly redisUsers?: BreakerGroup;
  /** Short windows forgive soon; longer ones hold those who go on, and for longer each time. */
  readonly allowed: Readonly<Record<LimitName, readonly Allowance[]>>;
  /** Hides names and addresses, which could be guessed from plain digests; the same for all instances. */
  readonly secret: string;
  /** Told of every attempt that a limit does not allow. */
  readonly onExceeded?: (limit: LimitName) => void;
  readonly logger: Logger;
}

/** The limits, until they are stopped. */
export interface SharedRateLimits {
  readonly limits: RateLimits;
  stop(): Promise<void>;
}

/** One hash tag keeps all limits on one server of a Redis Cluster, so that there is one server to do without. */
const KEY_PREFIX = 'auth:{limits}';

/** The part that an instance allows while Redis is away: it does not know of the attempts at the others. */
const ALLOWED_ALONE = 0.5;

/** How much more is allowed to the networks around one, the nearest first: many people may share them. */
const ALLOWED_TO_WIDER = [4, 16];

/** Creates the limits, counted in Redis if there is one. */
export function createRateLimits(options: RateLimitsOptions): SharedRateLimits {
  const { redisUrl, redisUsers, allowed, secret, onExceeded, logger } = options;
  const redis = redisUrl === null ? null : createRedisClient(redisUrl, logger);
  const askRedis =
    redis === null ? null : createRedisBreaker({ redis, nearbyKey: KEY_PREFIX, group: redisUsers, logger });
  const hide = createHiding(secret);

  function createWindow(name: LimitName, window: Allowance): AttemptWindow {
    if (redis === null || askRedis === null) return createMemoryWindow(window);
    const shared = createRedisWindow(redis, `${KEY_PREFIX}:${name}`, window);
    const own = createMemoryWindow({ ...window, attempts: Math.ceil(window.attempts * ALLOWED_ALONE) });
    return createInsuredWindow(shared, own, askRedis);
  }

  function createNetworkLimit(name: NetworkLimitName): NetworkLimit {
    return [createLimit(name), ...ALLOWED_TO_WIDER.map((times) => createLimit(name, times))];
  }

  function createLimit(name: LimitName, times = 1): RateLimit {
    const windows = allowed[name].map(({ attempts, seconds }) =>
      createWindow(name, { attempts: attempts * times, seconds }),
    );
    const inAll = async <T>(subject: string, work: (window: AttemptWindow, key: string) => Promise<T>) => {
      const key = hide(`${name} ${subject}`);
      return Promise.all(windows.map((window) => work(window, key)));
    };

    async function withdraw(subject: string): Promise<void> {
      await inAll(subject, (window, key) => window.take(key));
    }

    return {
      async count(subject) {
        const wait = Math.max(...(await inAll(subject, (window, key) => window.add(key))));
        if (wait > 0) {
          onExceeded?.(name);
          await withdraw(subject);
        }
        return wait;
      },
      async wait(subject) {
        const wait = Math.max(...(await inAll(subject, (window, key) => window.wait(key))));
        if (wait > 0) onExceeded?.(name);
        return wait;
      },
      withdraw,
      async forget(subject) {
        await inAll(subject, (window, key) => window.clear(key));
      },
    };
  }

  return {
    limits: {
      loginNetwork: createNetworkLimit('loginNetwork'),
      loginAccountAtNetwork: createLimit('loginAccountAtNetwork'),
      loginAccount: createLimit('loginAccount'),
      loginKnownDevice: createLimit('loginKnownDevice'),
      loginSuccess: createLimit('loginSuccess'),
      registerNetwork: createNetworkLimit('registerNetwork'),
      refreshNetwork: createNetworkLimit('refreshNetwork'),
      passwordCheckSession: createLimit('passwordCheckSession'),
    },
    async stop() {
      if (redis !== null) await closeRedisClient(redis);
    },
  };
}

function createHiding(secret: string): (subject: string) => string {
  // A key of its own: that of passwords is used for nothing else.
  const key = createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', 'rate limits', 32)));
  return (subject) => createHmac('sha256', key).update(subject).digest('base64url');
}
