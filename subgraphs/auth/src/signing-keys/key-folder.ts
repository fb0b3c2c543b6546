import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigurationError } from '@identity/service-kit/environment';
import type { VerificationKey } from '@identity/service-kit/verification-key';
import { publicHalfOf } from './private-key.js';

/**
 * What a key is for. An announced key is published, so that every verifier knows it before it signs; a verifying one
 * has signed before, and stays published while tokens of it can be alive.
 */
export type KeyState = 'signing' | 'announced' | 'verifying';

/** One key of the folder. */
export interface FolderKey {
  readonly state: KeyState;
  /** The file's name within the folder. */
  readonly file: string;
  /** The key's thumbprint, so that no two keys can share an id. */
  readonly kid: string;
  readonly verification: VerificationKey;
  /** Null for a key that only verifies: its private half is gone. */
  readonly privateKey: KeyObject | null;
  /** When the file was written, which is when the key came to its state. */
  readonly since: Date;
}

/** A folder of keys as it was at one moment. */
export interface KeyFolder {
  /** A key that stands in two files, because a rotation is under way or was interrupted, is listed under its first state. */
  readonly keys: readonly FolderKey[];
  /** One line for each file that cannot be used. */
  readonly problems: readonly string[];
  /** Differs whenever anything in the folder does. */
  readonly fingerprint: string;
}

export const SIGNING_FILE = 'signing.pem';
export const ANNOUNCED_FILE = 'next.pem';
const VERIFYING_FILE = /^verifying-.+\.pem$/;
const STATES: readonly KeyState[] = ['signing', 'announced', 'verifying'];
const ATTEMPTS = 5;

/** The file of a key that only verifies. */
export function verifyingFile(kid: string): string {
  return `verifying-${kid}.pem`;
}

/**
 * Reads all keys of a folder, as of one moment: if a file changes meanwhile, everything is read again.
 *
 * @throws ConfigurationError when the folder cannot be read.
 */
export async function readKeyFolder(folder: string): Promise<KeyFolder> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const fingerprint = await fingerprintOf(folder);
    const outcomes = await Promise.all((await keyFilesOf(folder)).map((file) => readKey(folder, file)));
    if ((await fingerprintOf(folder)) !== fingerprint) continue;
    return {
      keys: distinct(outcomes.filter((outcome) => typeof outcome !== 'string')),
      problems: outcomes.filter((outcome) => typeof outcome === 'string'),
      fingerprint,
    };
  }
  throw new ConfigurationError([`KEYS_DIR: ${folder} never stops changing`]);
}

/** What changes whenever a file of the folder is written, replaced, removed, opened or given to others. */
export async function fingerprintOf(folder: string): Promise<string> {
  const files = await keyFilesOf(folder);
  const marks = await Promise.all(
    ['.', ...files].map(async (file) => {
      try {
        const { dev, ino, mode, uid, size, mtimeNs, ctimeNs } = await stat(join(folder, file), { bigint: true });
        return [file, dev, ino, mode, uid, ...(file === '.' ? [] : [size, mtimeNs, ctimeNs])].join(':');
      } catch {
        return `${file}:gone`;
      }
    }),
  );
  return marks.join('\n');
}

async function keyFilesOf(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).filter((name) => name.endsWith('.pem')).sort();
  } catch {
    throw new ConfigurationError([`KEYS_DIR: cannot read the folder ${folder}`]);
  }
}

/** @returns The key, or what is wrong with the file. */
async function readKey(folder: string, file: string): Promise<FolderKey | string> {
  const path = join(folder, file);
  const state = stateOf(file);
  if (state === null) {
    return `KEYS_DIR: ${path} is none of ${SIGNING_FILE}, ${ANNOUNCED_FILE} and ${verifyingFile('<kid>')}; move it away`;
  }
  try {
    const [pem, { mtime }] = await Promise.all([readFile(path, 'utf8'), stat(path)]);
    if (state === 'verifying' && pem.includes('PRIVATE KEY')) {
      return `KEYS_DIR: ${path} holds a private key where only a public one belongs; replace it with its public half`;
    }
    const key = state === 'verifying' ? createPublicKey(pem) : createPrivateKey(pem);
    const verification = publicHalfOf(key);
    if (verification === null) {
      return `KEYS_DIR: ${path} must be an EC key on P-256, or an RSA key of at least 2048 bits`;
    }
    const privateKey = key.type === 'private' ? key : null;
    return { state, file, kid: verification.thumbprint, verification, privateKey, since: mtime };
  } catch {
    const kind = state === 'verifying' ? 'public' : 'private';
    return `KEYS_DIR: ${path} is not a ${kind} key in PEM form that can be read`;
  }
}

function stateOf(file: string): KeyState | null {
  if (file === SIGNING_FILE) return 'signing';
  if (file === ANNOUNCED_FILE) return 'announced';
  return VERIFYING_FILE.test(file) ? 'verifying' : null;
}

function distinct(keys: readonly FolderKey[]): readonly FolderKey[] {
  const ordered = [...keys].sort((a, b) => STATES.indexOf(a.state) - STATES.indexOf(b.state));
  return ordered.filter(({ kid }, index) => ordered.findIndex((other) => other.kid === kid) === index);
}
