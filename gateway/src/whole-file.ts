import type { BigIntStats } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { isRecord } from '@identity/service-kit/json';

/** Stands for the mark of a file that is not there. */
const MISSING = 'missing';
/** Far more than a supergraph or a manifest has; to read and to parse much more would hold up all requests. */
const MAX_BYTES = 16 * 1_024 * 1_024;
const ATTEMPTS = 5;
const ATTEMPT_PAUSE_MS = 20;

/** Says in what way a file is not fit to be read; to be continued after its name. */
class UnfitFileError extends Error {
  override readonly name = 'UnfitFileError';
}

/**
 * Reads a file as it was at one moment; replacing it meanwhile does not matter, and what is being written is read again.
 *
 * @returns Its content, and the mark that it had.
 * @throws Error of which {@link reasonOf} tells why it cannot be read.
 */
export async function readWhole(path: string): Promise<{ readonly content: string; readonly mark: string }> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const file = await open(path);
    try {
      const before = await file.stat({ bigint: true });
      if (before.size > MAX_BYTES) throw new UnfitFileError('which is larger than 16 MiB');
      const content = await file.readFile('utf8');
      const after = await file.stat({ bigint: true });
      if (after.mtimeNs === before.mtimeNs && after.size === before.size) return { content, mark: markOf(before) };
    } finally {
      await file.close();
    }
    await pause(ATTEMPT_PAUSE_MS);
  }
  throw new UnfitFileError('which never stops changing');
}

/** What changes whenever the file is written, replaced or removed, or a link on the way to it points elsewhere. */
export async function markAt(path: string): Promise<string> {
  return stat(path, { bigint: true }).then(markOf, () => MISSING);
}

function markOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(':');
}

/** Tells why a file could not be read; to be continued after its name. */
export function reasonOf(error: unknown): string {
  if (error instanceof UnfitFileError) return `, ${error.message}`;
  const code = isRecord(error) ? error['code'] : undefined;
  return typeof code === 'string' ? ` (${code})` : '';
}
