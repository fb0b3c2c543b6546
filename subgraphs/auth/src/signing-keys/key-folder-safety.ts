import { accessSync, constants, readdirSync, realpathSync, statSync, type Stats } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { types } from 'node:util';
import type { FurtherProblems } from '@identity/service-kit/environment';

/** The folder that the application is run from: the checkout, or what an image holds. */
const APPLICATION_FOLDER = realpathSync(fileURLToPath(new URL('../../../../', import.meta.url)));

const GROUP_AND_OTHERS = 0o077;
/** Where an orchestrator mounts secrets they are root's, and the group of the service may read them. */
const ALL_BUT_READING_BY_GROUP = 0o037;
const WRITABLE_BY_GROUP_OR_OTHERS = 0o022;
const WRITABLE_BY_OTHERS = 0o002;
/** What is in such a folder can be replaced by its owner alone. */
const STICKY = 0o1000;
const ROOT = 0;

/**
 * What lets others than the service, which runs as `user`, and root read or replace the keys of a folder (OWASP ASVS 5,
 * 13.3.2), with the way to change it. Nothing where file modes mean nothing, and nothing for a folder that is not there.
 */
export function unsafeKeyFolder(folder: string, user = process.geteuid?.()): readonly string[] {
  const folderStats = statsOf(folder);
  if (folderStats === null || user === undefined) return [];
  const files = namesIn(folder).map((name) => join(folder, name));
  return [
    ...foreignOwner(folder, folderStats, user),
    ...((folderStats.mode & WRITABLE_BY_GROUP_OR_OTHERS) === 0 || isMountedReadOnly(folder)
      ? []
      : [`KEYS_DIR: others may put keys into ${folder}; run: chmod 700 ${folder}`]),
    ...replaceableWays([folder, ...files], folder),
    ...files.flatMap((path) => {
      const stats = statsOf(path);
      if (stats?.isFile() !== true) return [];
      return [
        ...foreignOwner(path, stats, user),
        ...(isOpenToOthers(stats, user) ? [`KEYS_DIR: ${path} is not for its owner only; run: chmod 600 ${path}`] : []),
      ];
    }),
  ];
}

/** The same for a command that changes keys: root runs it for a service that runs as the owner of the folder. */
export function unsafeKeyFolderOfService(folder: string): readonly string[] {
  return unsafeKeyFolder(folder, process.geteuid?.() === ROOT ? statsOf(folder)?.uid : undefined);
}

/**
 * What production refuses about the place of the keys: the application's own folder, from where images and deployments
 * take them along, access for others, and an owner who is another one. The embedded stack keeps its keys where it is
 * started. A folder that is not there is reported by whoever opens it.
 */
export const keyRules: FurtherProblems = (present) => {
  const folder = present['KEYS_DIR'];
  if (present['NODE_ENV'] !== 'production' || folder === undefined) return [];
  const misplaced = present['ALLOW_EMBEDDED_IN_PRODUCTION'] !== 'true' && isWithinApplication(folder);
  return [
    ...(misplaced
      ? [`KEYS_DIR: ${folder} is inside the application's own folder, ${APPLICATION_FOLDER}; move the keys out of it`]
      : []),
    ...unsafeKeyFolder(folder),
  ];
};

/** The folders on the way to something, links followed, in which everybody may put something else in its place. */
function replaceableWays(paths: readonly string[], folder: string): readonly string[] {
  const above = new Set(paths.flatMap((path) => foldersAbove(realPathOf(path))));
  above.delete(realPathOf(folder));
  return [...above]
    .filter((path) => ((statsOf(path)?.mode ?? 0) & (WRITABLE_BY_OTHERS | STICKY)) === WRITABLE_BY_OTHERS)
    .map((path) => `KEYS_DIR: everybody may replace what is in ${path}; run: chmod o-w ${path}`);
}

function foldersAbove(path: string): readonly string[] {
  const parent = dirname(path);
  return parent === path ? [] : [parent, ...foldersAbove(parent)];
}

/** Whatever the mode is, an owner may change it. */
function foreignOwner(path: string, { uid }: Stats, user: number): readonly string[] {
  if (uid === user || uid === ROOT) return [];
  const [owner, service] = [String(uid), String(user)];
  return [`KEYS_DIR: ${path} belongs to user ${owner}, the service runs as ${service}; run: chown ${service} ${path}`];
}

function isOpenToOthers({ uid, mode }: Stats, user: number): boolean {
  const isMountedForService = uid === ROOT && user !== ROOT;
  return (mode & (isMountedForService ? ALL_BUT_READING_BY_GROUP : GROUP_AND_OTHERS)) !== 0;
}

/** A mounted secret is a folder for everybody by its mode, and nobody can write there. */
function isMountedReadOnly(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return false;
  } catch (error) {
    return types.isNativeError(error) && 'code' in error && error.code === 'EROFS';
  }
}

function isWithinApplication(folder: string): boolean {
  try {
    const path = relative(APPLICATION_FOLDER, realpathSync(folder));
    return path !== '..' && !path.startsWith(`..${sep}`);
  } catch {
    return false;
  }
}

function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function statsOf(path: string): Stats | null {
  try {
    return statSync(path);
  } catch {
    return null;
  }
}
