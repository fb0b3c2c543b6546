import { createHash } from 'node:crypto';
import { createBackgroundTask } from '@identity/service-kit/background-task';
import type { Clock } from '@identity/service-kit/clock';
import { ConfigurationError } from '@identity/service-kit/environment';
import type { ReadinessCheck } from '@identity/service-kit/health';
import type { Logger } from '@identity/service-kit/logger';
import { markAt, readWhole, reasonOf } from './whole-file.js';

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

/**
 * Opens a file and follows it: files that are replaced, by renaming or by exchanging symbolic links on the way to them,
 * and files that are written in place, which are left alone until they have not changed from one look to the next. A
 * version that cannot be used is logged and leaves the last good one live. One that has been read is not read again before it
 * changes; one that could not be read is tried again at every look, because what is in the way need not be the file.
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
  /** The mark of what was read last; null when it could not be read. */
  let seen: string | null = null;
  let changing = '';
  let problem: Error | null = null;
  /** What has been logged since the file was of use. */
  const told = new Set<string>();
  let live = await versionOf(await read());
  let turn: Promise<void> = Promise.resolve();
  let stopped = false;

  async function versionOf(content: string): Promise<FileVersion<T>> {
    return { value: await take(content), sha256: sha256Of(content), since: clock() };
  }

  async function read(): Promise<string> {
    seen = null;
    const { content, mark } = await readWhole(path).catch((error: unknown) => {
      throw new ConfigurationError([`${pathVariable}: cannot read ${path}${reasonOf(error)}`]);
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
      told.clear();
    } catch (error) {
      problem = error instanceof Error ? error : new Error('the file cannot be used', { cause: error });
      tell(problem);
    }
  }

  /** Tries that fail in the same way are told of once; what has been read and refused, each time. */
  function tell(failure: Error): void {
    if (seen === null && told.has(failure.message)) return;
    if (seen === null) told.add(failure.message);
    logger.error({ err: failure, file: name }, 'a file cannot be used; going on with its last good version');
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
    reload() {
      return inTurn(() => {
        // Whoever asks is to hear of it, whatever has been told before.
        told.clear();
        return takeOver();
      });
    },
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
