import type { ApolloServerPlugin } from '@apollo/server';
import { createBoundedCache, type TextCache } from '../bounded-cache.js';
import type { GatewayConfig } from '../config.js';
import type { GatewayContext } from '../context.js';
import type { WatchedFile } from '../watched-file.js';
import { openManifestFiles, type ManifestFilesOptions } from './manifest-files.js';
import { safelistOperations } from './safelist.js';

/** Operations that are sent by an id instead of their text. */
export interface PersistedOperations {
  /** Where Apollo Server keeps what clients register by themselves. */
  readonly store: TextCache;
  readonly plugins: readonly ApolloServerPlugin<GatewayContext>[];
  /** The manifests. */
  readonly files: readonly WatchedFile<unknown>[];
}

/** What clients may have registered at any time, in characters. */
const STORE_CHARACTERS = 4 * 1_024 * 1_024;

/** What is not in a manifest cannot be registered where a manifest is required. */
const NO_STORE: TextCache = {
  get: () => Promise.resolve(undefined),
  set: () => Promise.resolve(),
  delete: () => Promise.resolve(false),
};

/**
 * Opens the persisted operations as they are configured.
 *
 * @throws ConfigurationError when a manifest cannot be used.
 */
export async function openPersistedOperations(
  { mode, manifests }: GatewayConfig['persistedOperations'],
  options: Omit<ManifestFilesOptions, 'paths'>,
): Promise<PersistedOperations> {
  const store = mode === 'require' ? NO_STORE : createBoundedCache(STORE_CHARACTERS);
  if (mode === 'off') return { store, plugins: [], files: [] };
  const { manifest, files } = await openManifestFiles({ paths: manifests, ...options });
  return { store, plugins: [safelistOperations({ mode, manifest, logger: options.logger })], files };
}
