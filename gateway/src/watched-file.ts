import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { createBackgroundTask } from '@identity/service-kit/background-task';
import type { Clock } from '@identity/service-kit/clock';
import { ConfigurationError } from '@identity/service-kit/environment';
import type { ReadinessCheck } from '@identity/service-kit/health';
import type { Logger } from '@identity/service-kit/logger';

/** What a file held when it was last of use. */
export interface FileVersion<T> {
  readonly value: T;
  /** Of the content, in hexadecimal. */
  readonly sha256: string;
  /** Since when it has been in use. */
  readonly since: Date;
}

/** A file that is followed while it changes. */
export interface WatchedFile<T> {
  /** The last version that could be used. */
  live(): FileVersion<T>;
  /** Rejects while the file is gone or cannot be used, and an older version is live. */
  readonly check: ReadinessCheck;
  /** Begins to look for changes. */
  watch(): void;
  /** Takes the file as it is now, without waiting for the next look; never rejects. */
  reload(): Promise<void>;
  /** Stops looking; resolves when the work under way has ended. */
  stop(): Promise<void>;
}

/** What a watched file is made from. */
export interface WatchedFileOptions<T> {
  /** What it is, for the log: "supergraph". */
  readonly name: string;
  readonly path: string;
  /** The environment variable that says where it is. */
  readonly pathVariable: string;
  /**
   * Makes what is live out of the content. When it throws or rejects, it must have changed nothing; a ConfigurationError
   * is logged with its message.
   */
  readonly take: (content: string) => T | Promise<T>;
  /** How often to look for changes, in milliseconds; 0 for `reload` only. */
  readonly pollIntervalMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Stands for the mark of a file that cannot be read, so that this is logged once. */
const UNREADABLE = 'unreadable';
/** Far more than a supergraph or a manifest has; to read and to parse much more would hold up all requests. */
const MAX_BYTES = 16 * 1_024 * 1_024;
const ATTEMPTS = 5;
const ATTEMPT_PAUSE_MS = 20;

/**
 * Opens a file and follows it: files that are replaced, by renaming or by exchanging symbolic links on the way to them,
 * and files that are written in place, which are left alone until they have not changed from one look to the next. A
 * version that cannot be used is logged and leaves the last good one live.
 *
 * @throws ConfigurationError when the file cannot be read, and whatever `take` throws.
 */
export async function openWatchedFile<T>({
  name,
  path,
  pathVariable,
  take,
  pollIntervalMs,
  clock,
  logger,
}: WatchedFileOptions<T>): Promise<WatchedFile<T>> {
  let seen = '';
  let changing = '';
  let problem: Error | null = null;
  let live = await versionOf(await read());
  let turn: Promise<void> = Promise.resolve();
  let stopped = false;

  async function versionOf(content: string): Promise<FileVersion<T>> {
    return { value: await take(content), sha256: sha256Of(content), since: clock() };
  }

  async function read(): Promise<string> {
    seen = await markAt(path);
    const { content, mark } = await readWhole(path).catch((error: unknown) => {
      const reason = error instanceof UnfitFileError ? `, ${error.message}` : '';
      throw new ConfigurationError([`${pathVariable}: cannot read ${path}${reason}`]);
    });
    seen = mark;
    return content;
  }

  async function takeOver(): Promise<void> {
    try {
      const content = await read();
      if (sha256Of(content) !== live.sha256) {
        live = await versionOf(content);
        logger.info({ file: name, sha256: live.sha256 }, 'a file has changed; its new version is live');
      }
      problem = null;
    } catch (error) {
      problem = error instanceof Error ? error : new Error('the file cannot be used', { cause: error });
      logger.error({ err: error, file: name }, 'a file cannot be used; going on with its last good version');
    }
  }

  async function look(): Promise<void> {
    const mark = await markAt(path);
    if (mark === seen) return;
    if (mark === changing) await takeOver();
    changing = mark;
  }

  /** One at a time, so that what is read last is what is live. */
  function inTurn(work: () => Promise<void>): Promise<void> {
    if (!stopped) turn = turn.then(work);
    return turn;
  }

  const looking = createBackgroundTask({
    name: `follow the ${name}`,
    run: () => inTurn(look),
    intervalMs: pollIntervalMs,
    logger,
  });

  return {
    live: () => live,
    async check() {
      if (problem !== null) throw problem;
    },
    watch() {
      if (pollIntervalMs > 0) looking.start();
    },
    reload: () => inTurn(takeOver),
    async stop() {
      stopped = true;
      await looking.stop();
      await turn;
    },
  };
}

function sha256Of(content: string): string {
  return createHash('sha256').update(content).digest('hex');
}

/** Says in what way a file is not fit to be read; to be continued after its name. */
class UnfitFileError extends Error {
  override readonly name = 'UnfitFileError';
}

/** A file as it was at one moment; replacing it meanwhile does not matter, and what is being written is read again. */
async function readWhole(path: string): Promise<{ readonly content: string; readonly mark: string }> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const file = await open(path);
    try {
      const before = await file.stat({ bigint: true });
      if (before.size > MAX_BYTES) throw new UnfitFileError('which is larger than 16 MiB');
      const content = await file.readFile('utf8');
      const after = await file.stat({ bigint: true });
      if (after.mtimeNs === before.mtimeNs && after.size === before.size) return { content, mark: markOf(before) };
    } finally {
      await file.close();
    }
    await pause(ATTEMPT_PAUSE_MS);
  }
  throw new UnfitFileError('which never stops changing');
}

/** What changes whenever the file is written, replaced or removed, or a link on the way to it points elsewhere. */
async function markAt(path: string): Promise<string> {
  return stat(path, { bigint: true }).then(markOf, () => UNREADABLE);
}

function markOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(':');
}
