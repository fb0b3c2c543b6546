import { randomUUID } from 'node:crypto';
import { chown, link, open, rename, unlink, utimes, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** A user and a group of the operating system, by number. */
export interface FileOwner {
  readonly uid: number;
  readonly gid: number;
}

/** A file that only its owner may read. */
export interface PrivateFile {
  readonly path: string;
  readonly content: string;
  /** Where it is written before it appears under its name, on the same file system; beside it by default. */
  readonly draftFolder?: string;
  /** Who gets it; whoever writes it by default. */
  readonly owner?: FileOwner;
  /** When it counts as written; now by default. */
  readonly modifiedAt?: Date;
}

/**
 * Creates a private file. It appears whole or not at all, and nothing that exists is overwritten.
 *
 * @returns Whether it was created; false when the name was taken.
 */
export async function createOnce(file: PrivateFile): Promise<boolean> {
  const draft = await writeDraft(file);
  try {
    await link(draft, file.path);
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    throw error;
  } finally {
    await unlink(draft);
  }
}

/** Puts a private file under its name, instead of whatever has it. Readers see the old content or the new one, whole. */
export async function replaceFile(file: PrivateFile): Promise<void> {
  const draft = await writeDraft(file);
  try {
    await rename(draft, file.path);
  } catch (error) {
    await unlink(draft);
    throw error;
  }
  await syncFolder(dirname(file.path));
}

/** Whether an operation on files failed for the reason of that name. */
export function isErrno(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}

async function writeDraft({ path, content, draftFolder, owner, modifiedAt }: PrivateFile): Promise<string> {
  const draft = join(draftFolder ?? dirname(path), `${basename(path)}.${randomUUID()}.draft`);
  await writeFile(draft, content, { mode: 0o600, flush: true, flag: 'wx' });
  try {
    if (modifiedAt !== undefined) await utimes(draft, modifiedAt, modifiedAt);
    if (owner !== undefined) await chown(draft, owner.uid, owner.gid);
    return draft;
  } catch (error) {
    await unlink(draft);
    throw error;
  }
}

/** Makes a change of names survive a loss of power. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
