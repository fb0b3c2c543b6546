import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { programArguments } from '../harness/program.js';
import { type ServerProcess, startServerProcess, waitUntilReady } from '../harness/server-process.js';
import { crashesOf, type Ending } from './crashes.js';

/** One process of the system under test. */
export interface Part {
  readonly name: string;
  readonly pid: number;
  /** Ends it with SIGKILL. */
  kill(): void;
  /** Starts it again on its port and its data; resolves when it answers. */
  start(): Promise<void>;
  /** Ends it for good. */
  stop(): Promise<void>;
}

/** A service of this project. */
export interface ServicePart extends Part {
  /** What has gone wrong with its processes so far: exceptions and rejections, and each end that was not asked for. */
  readonly crashes: readonly string[];
  /** The last that its processes have printed, for the message of a failure. */
  readonly printed: string;
  /** Tells it to end, and waits until it has. @returns its exit code; null when it had to be killed */
  terminate(): Promise<number | null>;
}

/** A service of this project, as its own command runs it. */
export interface ServiceOptions {
  readonly name: string;
  /** Relative to the project. */
  readonly script: string;
  readonly environment: Readonly<Record<string, string>>;
  /** For its file of variables. Removed when this process dies. */
  readonly folder: string;
  /** Where it answers as soon as it runs. */
  readonly liveUrl: string;
  /** For `node`, before the script. */
  readonly nodeArguments?: readonly string[];
}

const MAX_STARTS = 5;
const PAUSE_MS = 300;
const MAX_PRINTED = 200_000;

/** Starts a service. */
export async function startService(options: ServiceOptions): Promise<ServicePart> {
  const { name, folder, liveUrl, script, nodeArguments = [] } = options;
  const file = join(folder, `${name}.env`);
  const lines = Object.entries(options.environment).map(([variable, value]) => `${variable}=${value}\n`);
  await writeFile(file, lines.join(''));

  async function startOnce(): Promise<ServerProcess> {
    const args = [...programArguments(script, nodeArguments), `--env-file=${file}`];
    const server = await startServerProcess(process.execPath, args, folder);
    try {
      await waitUntilReady(server, () => answers(liveUrl));
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  const earlier: string[] = [];
  let earlierPrinted = '';
  let server = await patiently(startOnce);
  let asked: Ending = null;
  const stop = async (): Promise<void> => {
    if (!server.exited) asked ??= 'SIGTERM';
    await server.stop();
  };
  return {
    name,
    get crashes() {
      return [...earlier, ...crashesOf(server, asked)];
    },
    get printed() {
      return earlierPrinted + server.output();
    },
    get pid() {
      return server.pid;
    },
    kill: () => {
      if (!server.exited) asked = 'SIGKILL';
      server.signal('SIGKILL');
    },
    start: async () => {
      await stop();
      earlier.push(...crashesOf(server, asked));
      earlierPrinted = (earlierPrinted + server.output()).slice(-MAX_PRINTED);
      server = await patiently(startOnce);
      asked = null;
    },
    terminate: async () => {
      await stop();
      return server.exitCode;
    },
    stop,
  };
}

/** While a server is gone, its port may be taken for a moment by somebody who connects to another one. */
export async function patiently<T>(start: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start();
    } catch (error) {
      if (attempt === MAX_STARTS) throw error;
    }
    await sleep(PAUSE_MS);
  }
}

export async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

/** A free port below those that the operating system gives to whoever connects somewhere, so that it stays free. */
export async function lastingPort(): Promise<number> {
  for (;;) {
    const port = 15_000 + Math.floor(Math.random() * 15_000);
    const server = createServer();
    server.listen(port, '127.0.0.1');
    const isFree = await Promise.race([
      once(server, 'listening').then(() => true),
      once(server, 'error').then(() => false),
    ]);
    if (!isFree) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}
