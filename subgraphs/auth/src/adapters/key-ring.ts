import type { KeyObject } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { ConfigurationError } from '@identity/service-kit/environment';
import type { ReadinessCheck } from '@identity/service-kit/health';
import { toPublishedKey, type PublishedKeySet } from '@identity/service-kit/jwks';
import type { Logger } from '@identity/service-kit/logger';
import type { FindVerificationKey, SigningAlgorithm } from '@identity/service-kit/verification-key';
import { unsafeKeyFolder } from '../signing-keys/key-folder-safety.js';
import { fingerprintOf, readKeyFolder, SIGNING_FILE, type KeyFolder } from '../signing-keys/key-folder.js';

/** The key that signs access tokens. */
export interface SigningKey {
  readonly kid: string;
  readonly algorithm: SigningAlgorithm;
  readonly privateKey: KeyObject;
}

/** The service's keys, which follow their folder while the ring is watched. */
export interface KeyRing {
  readonly signingKey: () => SigningKey;
  readonly published: () => PublishedKeySet;
  readonly findKey: FindVerificationKey;
  /** Rejects while the folder cannot be used and the keys are those of before. */
  readonly check: ReadinessCheck;
  /** Begins to follow the folder. */
  watch(): void;
  /** Stops to. */
  stop(): Promise<void>;
}

/** What a ring is made from. */
export interface KeyRingOptions {
  readonly folder: string;
  /** Whether to refuse keys that others could read or change, as production does. */
  readonly strict: boolean;
  readonly logger: Logger;
}

/** Looking is a handful of system calls; announcements and removals count on it being done every second. */
const WATCH_INTERVAL_MS = 1_000;

/** Stands for the fingerprint of a folder that cannot be read, so that this is logged once. */
const UNREADABLE = 'unreadable';

/**
 * Opens the keys of a folder. A change of the folder is taken over whole within a second, without a restart; one that
 * cannot be used is logged and leaves the last good keys in place.
 *
 * @throws ConfigurationError with everything that keeps the folder from being used.
 */
export async function openKeyRing({ folder, strict, logger }: KeyRingOptions): Promise<KeyRing> {
  const stopped = new AbortController();
  const first = await readKeyFolder(folder);
  let seen = first.fingerprint;
  let keys = usableKeys(first);
  let watching = Promise.resolve();
  let problem: Error | null = null;

  function usableKeys(read: KeyFolder) {
    const problems = [...read.problems, ...(strict ? unsafeKeyFolder(folder) : [])];
    const signing = read.keys.find(({ state }) => state === 'signing');
    if (signing?.privateKey == null || problems.length > 0) {
      const missing = signing === undefined ? [`KEYS_DIR: there is no usable ${SIGNING_FILE} in ${folder}`] : [];
      throw new ConfigurationError([...missing, ...problems]);
    }
    return {
      signing: { kid: signing.kid, algorithm: signing.verification.algorithm, privateKey: signing.privateKey },
      published: { keys: read.keys.map(({ kid, verification }) => toPublishedKey(kid, verification)) },
      byId: new Map(read.keys.map(({ kid, verification }) => [kid, verification])),
    };
  }

  async function look(): Promise<void> {
    const fingerprint = await fingerprintOf(folder).catch(() => UNREADABLE);
    if (fingerprint === seen) return;
    seen = fingerprint;
    try {
      const read = await readKeyFolder(folder);
      seen = read.fingerprint;
      keys = usableKeys(read);
      problem = null;
      logger.info({ signing: keys.signing.kid, published: [...keys.byId.keys()] }, 'the signing keys have changed');
    } catch (error) {
      problem = error instanceof Error ? error : new Error('the keys cannot be read', { cause: error });
      logger.error({ err: error }, 'the folder of signing keys cannot be used; going on with the last good keys');
    }
  }

  async function followFolder(): Promise<void> {
    while (!stopped.signal.aborted) {
      await look();
      await delay(WATCH_INTERVAL_MS, undefined, { signal: stopped.signal, ref: false }).catch(() => undefined);
    }
  }

  return {
    signingKey: () => keys.signing,
    published: () => keys.published,
    findKey: (kid) => Promise.resolve(keys.byId.get(kid) ?? null),
    async check() {
      if (problem !== null) throw problem;
    },
    watch() {
      watching = followFolder();
    },
    async stop() {
      stopped.abort();
      await watching;
    },
  };
}
