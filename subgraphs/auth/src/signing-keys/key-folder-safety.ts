import { accessSync, constants, readdirSync, realpathSync, statSync, type Stats } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { types } from 'node:util';
import type { FurtherProblems } from '@identity/service-kit/environment';

/** The folder that the application is run from: the checkout, or what an image holds. */
const APPLICATION_FOLDER = realpathSync(fileURLToPath(new URL('../../../../', import.meta.url)));

const GROUP_AND_OTHERS = 0o077;
/** Where an orchestrator mounts secrets they are root's, and the group of the service may read them. */
const ALL_BUT_READING_BY_GROUP = 0o037;
const WRITABLE_BY_GROUP_OR_OTHERS = 0o022;

/**
 * What lets others than the service read or replace the keys of a folder (OWASP ASVS 5, 13.3.2), with the way to
 * change it. Nothing where file modes mean nothing, and nothing for a folder that is not there.
 */
export function unsafeKeyFolder(folder: string): readonly string[] {
  const folderStats = statsOf(folder);
  if (folderStats === null || process.getuid === undefined) return [];
  const files = namesIn(folder).map((name) => join(folder, name));
  return [
    ...((folderStats.mode & WRITABLE_BY_GROUP_OR_OTHERS) === 0 || isMountedReadOnly(folder)
      ? []
      : [`KEYS_DIR: others may put keys into ${folder}; run: chmod 700 ${folder}`]),
    ...files.flatMap((path) => {
      const stats = statsOf(path);
      return stats?.isFile() === true && isOpenToOthers(stats)
        ? [`KEYS_DIR: ${path} is not for its owner only; run: chmod 600 ${path}`]
        : [];
    }),
  ];
}

/**
 * What production refuses about the place of the keys: the application's own folder, from where images and deployments
 * take them along, and access for others. The embedded stack keeps its keys where it is started. A folder that is not
 * there is reported by whoever opens it.
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

function isOpenToOthers({ uid, mode }: Stats): boolean {
  const isMountedForService = uid === 0 && process.geteuid?.() !== 0;
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
