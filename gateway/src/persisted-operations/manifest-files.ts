import type { Clock } from '@identity/service-kit/clock';
import type { Logger } from '@identity/service-kit/logger';
import { openWatchedFile, type WatchedFile } from '../watched-file.js';
import { readManifest, type Manifest } from './manifest.js';

/** What manifests are followed with. */
export interface ManifestFilesOptions {
  readonly paths: readonly string[];
  readonly pollIntervalMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The manifests of all clients together, each of which follows its file. */
export interface ManifestFiles {
  readonly manifest: Manifest;
  readonly files: readonly WatchedFile<Manifest>[];
}

/**
 * Opens the manifests of one or several clients.
 *
 * @throws ConfigurationError when one of them cannot be used.
 */
export async function openManifestFiles({ paths, ...options }: ManifestFilesOptions): Promise<ManifestFiles> {
  const files = await Promise.all(
    paths.map((path) =>
      openWatchedFile({
        name: 'manifest of persisted operations',
        path,
        pathVariable: 'PERSISTED_OPERATIONS_MANIFEST',
        take: (content) => readManifest(content, path),
        ...options,
      }),
    ),
  );
  const manifests = (): readonly Manifest[] => files.map((file) => file.live().value);
  return {
    files,
    manifest: {
      textOf(id) {
        for (const one of manifests()) {
          const text = one.textOf(id);
          if (text !== undefined) return text;
        }
        return undefined;
      },
      has: (text) => manifests().some((one) => one.has(text)),
    },
  };
}
