import { appendFile, mkdir, mkdtemp, rename, rm, rmdir, symlink, truncate, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError } from '@identity/service-kit/environment';
import { createLogger } from '@identity/service-kit/logger';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../../tests/harness/eventually.js';
import { startStarvedFollower } from './support/starved-follower.js';
import { openWatchedFile, type WatchedFile } from '../src/watched-file.js';

/** The SHA-256 of "1". */
const SHA256_OF_1 = '6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b';

describe('a watched file', () => {
  let folder: string;
  let path: string;
  let file: WatchedFile<number> | undefined;
  let log: string[];
  /** All contents that were to be taken over, good or bad. */
  let taken: string[];
  let now: Date;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'watched-file-'));
    path = join(folder, 'number');
    log = [];
    taken = [];
    now = new Date('2026-01-01');
    await writeFile(path, '1');
  });

  afterEach(async () => {
    await file?.stop();
    file = undefined;
    await rm(folder, { recursive: true });
  });

  /** Follows a file with a number in it. */
  async function open({ at = path, pollIntervalMs = 5 } = {}): Promise<WatchedFile<number>> {
    file = await openWatchedFile({
      name: 'number',
      path: at,
      pathVariable: 'NUMBER_PATH',
      async take(content) {
        taken.push(content);
        if (!/^\d+$/.test(content)) throw new ConfigurationError([`NUMBER_PATH: ${content} is no number`]);
        return Number(content);
      },
      pollIntervalMs,
      clock: () => now,
      logger: createLogger({ level: 'info', destination: { write: (line) => void log.push(line) } }),
    });
    file.watch();
    return file;
  }

  async function replace(content: string): Promise<void> {
    await writeFile(`${path}.draft`, content);
    await rename(`${path}.draft`, path);
  }

  function errors(): readonly string[] {
    return log.filter((line) => line.includes('"level":"error"'));
  }

  it('is live with its digest and the time from when it was opened', async () => {
    const { live, check } = await open();
    expect(live()).toEqual({ value: 1, sha256: SHA256_OF_1, since: now });
    await expect(check()).resolves.toBeUndefined();
  });

  it.each<readonly [string, () => Promise<void>, RegExp]>([
    ['is missing', () => unlink(path), /NUMBER_PATH: cannot read .*number/],
    ['cannot be used', () => writeFile(path, 'one'), /NUMBER_PATH: one is no number/],
  ])('cannot be opened when it %s', async (_name, prepare, reason) => {
    await prepare();
    await expect(open()).rejects.toThrow(reason);
  });

  it('is taken over when it is replaced', async () => {
    const { live } = await open();
    now = new Date('2026-02-01');
    await replace('2');
    await eventually('the new version is live', () => live().value === 2);
    expect(live().since).toEqual(now);
    expect(log.filter((line) => line.includes(live().sha256))).toHaveLength(1);
  });

  it('is taken over when a link on the way to it points elsewhere, as in a Kubernetes volume', async () => {
    const links = join(folder, 'volume');
    for (const version of ['1', '2']) {
      await mkdir(join(links, version), { recursive: true });
      await writeFile(join(links, version, 'number'), version);
    }
    await symlink('1', join(links, '..data'));
    await symlink('..data/number', join(links, 'number'));
    const { live } = await open({ at: join(links, 'number') });
    await symlink('2', join(links, '..data_tmp'));
    await rename(join(links, '..data_tmp'), join(links, '..data'));
    await eventually('the new version is live', () => live().value === 2);
    expect(taken).toEqual(['1', '2']);
  });

  it('is left alone while it is being written', async () => {
    const { live } = await open({ pollIntervalMs: 200 });
    await writeFile(path, '2 and ');
    for (let part = 0; part < 10; part += 1) await appendFile(path, 'more and ');
    await writeFile(path, '3');
    await eventually('the whole version is live', () => live().value === 3);
    expect(taken).toEqual(['1', '3']);
  });

  it('keeps its last good version when it cannot be used or is gone, says so once, and recovers', async () => {
    const { live, check } = await open();
    await replace('two');
    await eventually('it is refused', () => errors().length === 1);
    expect(errors()[0]).toContain('NUMBER_PATH: two is no number');
    await expect(check()).rejects.toThrow('no number');
    expect(live().value).toBe(1);

    await unlink(path);
    await eventually('it is missed', () => errors().length === 2);
    await expect(check()).rejects.toThrow('cannot read');

    await replace('1');
    await eventually('it is back', () =>
      check().then(
        () => true,
        () => false,
      ),
    );
    expect(live()).toEqual({ value: 1, sha256: SHA256_OF_1, since: now });
    expect(errors()).toHaveLength(2);
    expect(taken).toEqual(['1', 'two']);
  });

  it('is tried again for as long as it cannot be read, and each reason is told once', async () => {
    const { live, check, reload } = await open();
    await unlink(path);
    await eventually('it is missed', () => errors().length === 1);
    await mkdir(path);
    await eventually('it is no file', () => errors().length === 2);
    await rmdir(path);
    await eventually('it is missed again', () =>
      check().then(
        () => false,
        (error: unknown) => String(error).includes('ENOENT'),
      ),
    );
    expect(errors().map((line) => /E[A-Z]+(?=\))/.exec(line)?.[0])).toEqual(['ENOENT', 'EISDIR']);
    await reload();
    expect(errors()).toHaveLength(3);

    await replace('2');
    await eventually('the new version is live', () => live().value === 2);
    await unlink(path);
    await eventually('it is missed after it was of use', () => errors().length === 4);
  });

  it('is taken over when the process may open files again, though it has not changed since', async () => {
    const follower = await startStarvedFollower(path);
    try {
      await replace('2');
      await eventually('it could not be opened', () => follower.output().includes('EMFILE'));
      follower.feed();
      await eventually('the new version is live', () => follower.output().includes('its new version is live'));
      expect(follower.output().match(/EMFILE\)/g)).toHaveLength(1);
    } finally {
      follower.kill();
    }
  });

  it('is not even read when it is larger than it can be', async () => {
    const { live, check } = await open();
    // Of zeros, which take no space on the disk.
    await truncate(path, 17 * 1_024 * 1_024);
    await eventually('it is refused', () => Promise.resolve(errors().length > 0));
    expect(live().value).toBe(1);
    expect(taken).toHaveLength(1);
    await expect(check()).rejects.toThrow('larger than 16 MiB');
  });

  it('is read at once when it is told to, and nothing happens when it is the same', async () => {
    const { live, reload } = await open({ pollIntervalMs: 0 });
    await reload();
    await replace('2');
    expect(live().value).toBe(1);
    await Promise.all([reload(), reload(), reload()]);
    expect(live().value).toBe(2);
    expect(taken).toEqual(['1', '2']);
  });

  it('ends with what it was told last, however fast it is told', async () => {
    const { live, reload } = await open();
    const reloads: Promise<void>[] = [];
    for (let version = 2; version <= 30; version += 1) {
      await replace(String(version));
      reloads.push(reload());
    }
    await Promise.all(reloads);
    expect(live().value).toBe(30);
    expect(errors()).toEqual([]);
  });
});
