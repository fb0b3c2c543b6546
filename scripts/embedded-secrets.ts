import { randomBytes } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { embeddedKeysFolder } from '@identity/auth/config';
import { newPrivateKey } from '@identity/auth/signing-keys/private-key';
import { createOnce, isErrno } from '@identity/service-kit/private-file';

/** The secrets of one embedded stack. */
export interface EmbeddedSecrets {
  readonly keysFolder: string;
  readonly routerSecret: string;
  readonly passwordPepper: string;
}

/** Reads the secrets of a data folder, and makes those that are missing: once, for this folder only. */
export async function loadOrCreateSecrets(dataFolder: string): Promise<EmbeddedSecrets> {
  const keysFolder = embeddedKeysFolder(dataFolder);
  await mkdir(keysFolder, { recursive: true, mode: 0o700 });
  await readOrCreate(join(keysFolder, 'signing.pem'), newSigningKey);
  return {
    keysFolder,
    routerSecret: await readOrCreate(join(keysFolder, 'router-secret'), newSecret),
    passwordPepper: await readOrCreate(join(keysFolder, 'password-pepper'), newSecret),
  };
}

/** A new private key for ES256, in PEM. */
export function newSigningKey(): string {
  return newPrivateKey('ES256');
}

/** A new secret of 256 bits, as text. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

async function readOrCreate(path: string, create: () => string): Promise<string> {
  const existing = await readIfThere(path);
  if (existing !== null) return existing;
  await createOnce({ path, content: create() });
  return readFile(path, 'utf8');
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return null;
    throw error;
  }
}
