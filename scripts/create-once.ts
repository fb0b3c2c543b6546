import { randomUUID } from 'node:crypto';
import { chown, link, unlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** A user and a group of the operating system, by number. */
export interface FileOwner {
  readonly uid: number;
  readonly gid: number;
}

/** A file that is written once. */
export interface OnceFile {
  readonly path: string;
  readonly content: string;
  /** Where it is written before it appears under its name; on the same file system. */
  readonly draftFolder: string;
  /** Who gets it; whoever writes it by default. */
  readonly owner?: FileOwner;
}

/**
 * Creates a file that only its owner may read. It appears whole or not at all, and nothing that exists is overwritten.
 *
 * @returns Whether it was created; false when the name was taken.
 */
export async function createOnce({ path, content, draftFolder, owner }: OnceFile): Promise<boolean> {
  const draft = join(draftFolder, `${basename(path)}.${randomUUID()}.draft`);
  await writeFile(draft, content, { mode: 0o600, flush: true, flag: 'wx' });
  try {
    if (owner !== undefined) await chown(draft, owner.uid, owner.gid);
    await link(draft, path);
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    throw error;
  } finally {
    await unlink(draft);
  }
}

/** Whether an operation on files failed for the reason of that name. */
export function isErrno(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}
