import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What is secret in the files of a folder: each line by itself, as a part of a private key says enough. */
export async function secretsIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder);
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  return texts.flatMap((text) => text.split('\n')).filter((line) => line !== '' && !line.startsWith('-----'));
}
