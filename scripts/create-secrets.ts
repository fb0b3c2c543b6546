import { chown, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createOnce, type FileOwner } from '@identity/service-kit/private-file';
import { newSecret, newSigningKey } from './embedded-secrets.js';
import { fillTemplate, unsetVariables } from './env-template.js';
import { ToolError } from './tool-error.js';

/** The variables of .env that hold a secret. */
export const SECRET_VARIABLES = [
  'ROUTER_SECRET',
  'PASSWORD_PEPPER',
  'MYSQL_ROOT_PASSWORD',
  'AUTH_DATABASE_PASSWORD',
  'USERS_DATABASE_PASSWORD',
  'REDIS_PASSWORD',
] as const;

const ENV_FILE = '.env';
const SECRETS_FOLDER = 'secrets';
const KEYS_FOLDER = join(SECRETS_FOLDER, 'keys');
const SIGNING_KEY = join(KEYS_FOLDER, 'signing.pem');

/** The user `node` of the images. */
const IMAGE_USER: FileOwner = { uid: 1_000, gid: 1_000 };

/** What secrets are created from. */
export interface SecretsOptions {
  /** Where .env and the folder of secrets go. */
  readonly folder: string;
  /** The text of .env.example. */
  readonly template: string;
  /** Who runs this. */
  readonly user: FileOwner;
}

/**
 * Creates .env and the signing key in a folder, with new secrets. What exists stays as it is.
 *
 * @returns What was created and what was kept, a line each; no secret is in it.
 */
export async function createSecrets({ folder, template, user }: SecretsOptions): Promise<readonly string[]> {
  const containerUser = containerUserFor(user);
  const envFile = fillTemplate(template, {
    ...Object.fromEntries(SECRET_VARIABLES.map((name) => [name, newSecret()])),
    CONTAINER_UID: String(containerUser.uid),
    CONTAINER_GID: String(containerUser.gid),
  });
  await createFolders(folder, user, containerUser);
  const draftFolder = join(folder, SECRETS_FOLDER);
  const report = async (name: string, content: string, owner: FileOwner) =>
    (await createOnce({ path: join(folder, name), content, draftFolder, ...ownership(user, owner) }))
      ? `created ${name}`
      : `kept ${name} as it is`;
  return [await report(SIGNING_KEY, newSigningKey(), containerUser), await report(ENV_FILE, envFile, user)];
}

/**
 * Makes sure that the .env file of a folder, which may be older than its template, lacks nothing.
 *
 * @throws ToolError naming what has no value.
 */
export async function demandSecrets(folder: string): Promise<void> {
  const text = await readFile(join(folder, ENV_FILE), 'utf8');
  const missing = unsetVariables(text, [...SECRET_VARIABLES, 'CONTAINER_UID', 'CONTAINER_GID']);
  if (missing.length === 0) return;
  throw new ToolError(
    `The existing .env is kept, and has no value for ${missing.join(', ')}. ` +
      'Add the values that .env.example describes, or move the file away and run this again.',
  );
}

/** The container must not run as root, so root hands the key over to the user of the image. */
function containerUserFor(user: FileOwner): FileOwner {
  return user.uid === 0 ? IMAGE_USER : user;
}

async function createFolders(folder: string, user: FileOwner, containerUser: FileOwner): Promise<void> {
  await mkdir(join(folder, SECRETS_FOLDER), { recursive: true, mode: 0o700 });
  const keysFolder = join(folder, KEYS_FOLDER);
  const created = await mkdir(keysFolder, { recursive: true, mode: 0o700 });
  const { owner } = ownership(user, containerUser);
  if (created !== undefined && owner !== undefined) await chown(keysFolder, owner.uid, owner.gid);
}

function ownership(user: FileOwner, owner: FileOwner): { readonly owner?: FileOwner } {
  return owner.uid === user.uid ? {} : { owner };
}
