import { request } from 'undici';
import type { FindVerificationKey, VerificationKey } from './access-token-verifier.js';
import type { Clock } from './clock.js';
import { serviceUnavailable } from './errors.js';
import { parseKeySet } from './jwks.js';
import type { Logger } from './logger.js';

const FETCH_DEADLINE_MS = 2_000;
/** A flood of unknown key ids must not become a flood of requests. */
const MIN_REFETCH_INTERVAL_MS = 10_000;
/** While there are no keys at all every token depends on the next try. */
const FIRST_RETRY_INTERVAL_MS = 500;
/** A retired key stops verifying at the latest this long after it has left the key set. */
const MAX_AGE_MS = 300_000;
const MAX_KEY_SET_BYTES = 65_536;

/** What a remote key source is made from. */
export interface RemoteKeysOptions {
  /** Where the issuer publishes its keys. */
  readonly url: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Finds verification keys at the issuer. Keys are cached; an unknown `kid` causes one refetch, at most one every ten
 * seconds. While the issuer is away the cached keys go on verifying.
 */
export function createRemoteKeys({ url, clock, logger }: RemoteKeysOptions): FindVerificationKey {
  let keys: ReadonlyMap<string, VerificationKey> = new Map();
  let fetchedAt = Number.NEGATIVE_INFINITY;
  let triedAt = Number.NEGATIVE_INFINITY;
  let refreshing: Promise<void> | null = null;

  async function refresh(): Promise<void> {
    triedAt = clock().getTime();
    try {
      keys = await fetchKeys(url);
      fetchedAt = clock().getTime();
    } catch (error) {
      logger.warn({ err: error }, 'the signing keys could not be fetched');
    }
  }

  function refreshOnce(): Promise<void> {
    refreshing ??= refresh().finally(() => {
      refreshing = null;
    });
    return refreshing;
  }

  return async (kid) => {
    const now = clock().getTime();
    const known = keys.get(kid);
    const mayTry = now - triedAt >= (keys.size === 0 ? FIRST_RETRY_INTERVAL_MS : MIN_REFETCH_INTERVAL_MS);
    if (known !== undefined) {
      if (mayTry && now - fetchedAt >= MAX_AGE_MS) void refreshOnce();
      return known;
    }
    if (refreshing !== null || mayTry) await refreshOnce();
    if (keys.size === 0) throw serviceUnavailable('auth');
    return keys.get(kid) ?? null;
  };
}

async function fetchKeys(url: string): Promise<ReadonlyMap<string, VerificationKey>> {
  const response = await request(url, { signal: AbortSignal.timeout(FETCH_DEADLINE_MS) });
  if (response.statusCode !== 200) {
    await response.body.dump();
    throw new Error(`the key set answered with status ${String(response.statusCode)}`);
  }
  const body = await response.body.text();
  if (body.length > MAX_KEY_SET_BYTES) throw new Error('the key set is too large');
  return parseKeySet(JSON.parse(body));
}
