import { mkdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { tryLockFile } from '@identity/database/file-lock';
import type { Clock } from '@identity/service-kit/clock';
import { CommandError } from '@identity/service-kit/command-line';
import { ConfigurationError } from '@identity/service-kit/environment';
import { createOnce, replaceFile, type FileOwner } from '@identity/service-kit/private-file';
import type { SigningAlgorithm } from '@identity/service-kit/verification-key';
import {
  ANNOUNCED_FILE,
  readKeyFolder,
  SIGNING_FILE,
  verifyingFile,
  type FolderKey,
  type KeyState,
} from './key-folder.js';
import { newPrivateKey, publicPem } from './private-key.js';
import { ANNOUNCEMENT_MS, RETIREMENT_MS } from './waiting-times.js';

/** A change of the keys that would lose tokens or is not possible; the message says when it is, or what to do first. */
export class KeyChangeRefusedError extends CommandError {
  override readonly name = 'KeyChangeRefusedError';
}

/** Changes the keys of a folder. Each change is complete or has not happened, and one runs at a time. */
export interface KeyChanges {
  /** All keys: the one that signs, the announced one, then those that only verify. */
  list(): Promise<readonly FolderKey[]>;
  /**
   * Makes the next key and announces it. In a folder without any key it signs at once: there is no token to lose.
   *
   * @param force - Throws away a key that is announced already.
   */
  generate(options: { readonly algorithm: SigningAlgorithm; readonly force: boolean }): Promise<FolderKey>;
  /**
   * Lets the announced key sign; the former one only verifies from now on, and its private half is gone.
   *
   * @param force - Does not wait until every verifier knows the announced key.
   */
  rotate(options: { readonly force: boolean }): Promise<FolderKey>;
  /**
   * Removes the keys that only verify, as soon as no token of theirs can be alive.
   *
   * @param force - Does not wait: their tokens are refused from now on.
   * @returns The removed keys.
   */
  retire(options: { readonly force: boolean }): Promise<readonly FolderKey[]>;
}

const LOCK_FILE = 'changes.lock';

/** Creates the changes of the keys in a folder, which need not exist yet. */
export function createKeyChanges(folder: string, clock: Clock): KeyChanges {
  async function alone<T>(change: (owner: { readonly owner?: FileOwner }) => Promise<T>): Promise<T> {
    const owner = await ownerIfOther(folder);
    const lock = await tryLockFile(join(folder, LOCK_FILE));
    if (lock === null) throw new KeyChangeRefusedError('the keys are being changed by another process; try again');
    try {
      return await change(owner);
    } finally {
      lock.release();
    }
  }

  async function read(): Promise<readonly FolderKey[]> {
    const { keys, problems } = await readKeyFolder(folder);
    if (problems.length > 0) throw new ConfigurationError(problems);
    return keys;
  }

  async function generate({ algorithm, force }: { readonly algorithm: SigningAlgorithm; readonly force: boolean }) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return alone(async (owner) => {
      const keys = await read();
      const announced = oneIn('announced', keys);
      if (announced !== null && !force) {
        throw new KeyChangeRefusedError(`${announced.kid} is announced already; use --force to throw it away`);
      }
      const first = oneIn('signing', keys) === null;
      const file = { path: join(folder, first ? SIGNING_FILE : ANNOUNCED_FILE), modifiedAt: clock(), ...owner };
      const content = newPrivateKey(algorithm);
      // `npm start` makes the first key, too: whoever comes second must not replace it.
      if (first) await createOnce({ ...file, content });
      else await replaceFile({ ...file, content });
      return demand(first ? 'signing' : 'announced', await read());
    });
  }

  async function rotate({ force }: { readonly force: boolean }) {
    return alone(async (owner) => {
      const keys = await read();
      const [signing, announced] = [demand('signing', keys), oneIn('announced', keys)];
      if (announced?.privateKey == null) throw new KeyChangeRefusedError('no key is announced; generate one first');
      waitUntil(announced.since.getTime() + ANNOUNCEMENT_MS, force, `not every verifier may know ${announced.kid} yet`);
      const now = { modifiedAt: clock(), ...owner };
      // In this order, so that whenever it ends, every key that has signed is still published.
      await replaceFile({
        path: join(folder, verifyingFile(signing.kid)),
        content: publicPem(signing.verification),
        ...now,
      });
      const content = announced.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
      await replaceFile({ path: join(folder, SIGNING_FILE), content, ...now });
      await unlink(join(folder, ANNOUNCED_FILE));
      return demand('signing', await read());
    });
  }

  async function retire({ force }: { readonly force: boolean }) {
    return alone(async () => {
      const verifying = (await read()).filter(({ state }) => state === 'verifying');
      const [oldest] = [...verifying].sort((a, b) => a.since.getTime() - b.since.getTime());
      if (oldest === undefined) return [];
      waitUntil(oldest.since.getTime() + RETIREMENT_MS, force, `tokens of ${oldest.kid} may be alive`);
      const due = verifying.filter(({ since }) => force || clock().getTime() >= since.getTime() + RETIREMENT_MS);
      for (const { file } of due) await unlink(join(folder, file));
      return due;
    });
  }

  function waitUntil(time: number, force: boolean, reason: string): void {
    if (force || clock().getTime() >= time) return;
    throw new KeyChangeRefusedError(`${reason}; try again at ${new Date(time).toISOString()}, or use --force`);
  }

  return { list: read, generate, rotate, retire };
}

function oneIn(state: KeyState, keys: readonly FolderKey[]): FolderKey | null {
  return keys.find((key) => key.state === state) ?? null;
}

function demand(state: KeyState, keys: readonly FolderKey[]): FolderKey {
  const key = oneIn(state, keys);
  if (key === null) throw new KeyChangeRefusedError(`no key is ${state}; generate one first`);
  return key;
}

/** Root changes the keys for the service's user, who has to read them. */
async function ownerIfOther(folder: string): Promise<{ readonly owner?: FileOwner }> {
  try {
    const { uid, gid } = await stat(folder);
    return process.getuid?.() === 0 && uid !== 0 ? { owner: { uid, gid } } : {};
  } catch {
    throw new ConfigurationError([`KEYS_DIR: cannot read the folder ${folder}`]);
  }
}
