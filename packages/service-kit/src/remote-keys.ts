import { request } from 'undici';
import { readBounded } from './bounded-body.js';
import type { Clock } from './clock.js';
import { withDeadline } from './deadline.js';
import { serviceUnavailable } from './errors.js';
import { parseKeySet } from './jwks.js';
import { keyTiming } from './key-timing.js';
import type { Logger } from './logger.js';
import type { FindVerificationKey, VerificationKey } from './verification-key.js';

const FETCH_DEADLINE_MS = 1_500;
/** How long a refresh may hold up tokens of known keys: an issuer that is silent must not make every request slow. */
const PATIENCE_MS = 300;
/** While there are no keys to go by every token depends on the next try: it is made soon, and never long after the last. */
const UNUSABLE_RETRY_MS = { first: 500, most: 4_000 } as const;
const MAX_KEY_SET_BYTES = 65_536;

/** What a remote key source is made from. */
export interface RemoteKeysOptions {
  /** Where the issuer publishes its keys. */
  readonly url: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The keys of an issuer that is another service. */
export interface RemoteKeys {
  /** Rejects with SERVICE_UNAVAILABLE while there are no keys to go by. */
  readonly find: FindVerificationKey;
  /**
   * Fetches the keys if there are none to go by, at most every 500 ms, so that the first token of an instance that is new
   * need not wait for them. A try that fails does not keep a token from the next one.
   *
   * @throws Error when there are none even so
   */
  check(): Promise<void>;
}

/**
 * Finds verification keys at the issuer. They are cached and kept fresh at the intervals of `keyTiming`; an unknown
 * `kid` causes one refetch, at most one every ten seconds. While there are none they are asked for 500 ms after the first
 * failure, and after twice as long after each further one, up to four seconds. While the issuer is away the cached keys go on verifying,
 * but not forever: it may have removed one of them. Nobody waits for more than 300 ms for news of a key that is known.
 */
export function createRemoteKeys({ url, clock, logger }: RemoteKeysOptions): RemoteKeys {
  let keys: ReadonlyMap<string, VerificationKey> = new Map();
  let fetchedAt = Number.NEGATIVE_INFINITY;
  /** When a token has made a try last, and when somebody has who asked whether there are keys. */
  let triedAt = Number.NEGATIVE_INFINITY;
  let checkedAt = Number.NEGATIVE_INFINITY;
  /** How long to wait for the next try while there are no keys to go by. */
  let unusableRetryInterval = 0;
  let refreshing: Promise<void> | null = null;
  /** Resolves when the latest refresh has ended or has taken too long. */
  let freshOrLate: Promise<void> = Promise.resolve();

  async function refresh(): Promise<void> {
    const startedAt = clock().getTime();
    keys = await fetchKeys(url);
    fetchedAt = startedAt;
    unusableRetryInterval = 0;
  }

  /** Joins a refresh under way, or starts one. */
  function refreshNow(): Promise<void> {
    refreshing ??= refresh().finally(() => {
      refreshing = null;
    });
    return refreshing;
  }

  /** For a token: joins a refresh under way; starts one unless the last that a token has started was too short ago. */
  async function refreshSoon(): Promise<void> {
    const interval = isUsable() ? keyTiming.minRefetchInterval : unusableRetryInterval;
    const starts = refreshing === null;
    if (starts && elapsedSince(triedAt) < interval) return;
    if (starts) triedAt = clock().getTime();
    const refreshed = refreshNow();
    if (starts) freshOrLate = withDeadline(refreshed, PATIENCE_MS).catch(() => undefined);
    try {
      await refreshed;
    } catch (error) {
      if (!starts) return;
      logger.warn({ err: error }, 'the signing keys could not be fetched');
      if (isUsable()) return;
      const { first, most } = UNUSABLE_RETRY_MS;
      unusableRetryInterval = Math.min(Math.max(unusableRetryInterval * 2, first), most);
    }
  }

  function isUsable(): boolean {
    return elapsedSince(fetchedAt) < keyTiming.unusableAfter;
  }

  /** A clock that was set back tells nothing about what has passed: that counts as long ago. */
  function elapsedSince(time: number): number {
    const elapsed = clock().getTime() - time;
    return elapsed < 0 ? Number.POSITIVE_INFINITY : elapsed;
  }

  return {
    async find(kid) {
      const age = elapsedSince(fetchedAt);
      if (!isUsable() || !keys.has(kid)) await refreshSoon();
      else if (age >= keyTiming.refreshAfter) void refreshSoon();
      if (age >= keyTiming.refreshFirstAfter) await freshOrLate;
      if (!isUsable()) throw serviceUnavailable('auth');
      return keys.get(kid) ?? null;
    },
    async check() {
      if (isUsable()) return;
      if (refreshing === null && elapsedSince(checkedAt) < UNUSABLE_RETRY_MS.first)
        throw new Error('there are no signing keys to go by');
      checkedAt = clock().getTime();
      await refreshNow();
    },
  };
}

async function fetchKeys(url: string): Promise<ReadonlyMap<string, VerificationKey>> {
  const response = await request(url, { signal: AbortSignal.timeout(FETCH_DEADLINE_MS) });
  if (response.statusCode !== 200) {
    await response.body.dump();
    throw new Error(`the key set answered with status ${String(response.statusCode)}`);
  }
  const body = await readBounded(response.body, MAX_KEY_SET_BYTES, 'the key set');
  const keys = parseKeySet(JSON.parse(body.toString('utf8')));
  if (keys.size === 0) throw new Error('the key set holds no key that can be used');
  return keys;
}
