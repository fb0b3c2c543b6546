import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ToolError } from './tool-error.js';

/** The folder that the project's own relative names start from. */
export const PROJECT_ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The text of a file, named relative to the project; undefined when there is none. */
export function readIfPresent(file: string): Promise<string | undefined> {
  return unlessMissing(readFile(join(PROJECT_ROOT, file), 'utf8'));
}

/** The text of a file, named relative to the project. @throws ToolError when there is none. */
export async function readText(file: string): Promise<string> {
  const text = await readIfPresent(file);
  if (text === undefined) {
    throw new ToolError(`${file}: there is no such file`);
  }
  return text;
}

/** The names in a folder, named relative to the project; none when there is no such folder. */
export async function listIfPresent(folder: string): Promise<readonly string[]> {
  return (await unlessMissing(readdir(join(PROJECT_ROOT, folder)))) ?? [];
}

async function unlessMissing<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT') {
      return undefined;
    }
    throw error;
  }
}
