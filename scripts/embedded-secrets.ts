import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The secrets of one embedded stack. */
export interface EmbeddedSecrets {
  readonly keysFolder: string;
  readonly routerSecret: string;
  readonly passwordPepper: string;
}

/** Reads the secrets of a data folder, and makes those that are missing: once, for this folder only. */
export async function loadOrCreateSecrets(dataFolder: string): Promise<EmbeddedSecrets> {
  const keysFolder = join(dataFolder, 'keys');
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
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** A new secret of 256 bits, as text. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

async function readOrCreate(path: string, create: () => string): Promise<string> {
  const existing = await readIfThere(path);
  if (existing !== null) return existing;
  await publishOnce(path, create());
  return readFile(path, 'utf8');
}

/** The file appears whole or not at all, and a second process started at the same time does not overwrite it. */
async function publishOnce(path: string, content: string): Promise<void> {
  const draft = `${path}.${String(process.pid)}.draft`;
  await writeFile(draft, content, { mode: 0o600, flush: true });
  try {
    await link(draft, path);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  } finally {
    await unlink(draft);
  }
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}
