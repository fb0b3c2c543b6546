import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A server program under test. */
export interface ServerProcess {
  readonly pid: number;
  readonly exited: boolean;
  /** Null while it runs, and when a signal has ended it. */
  readonly exitCode: number | null;
  /** The signal that has ended it; null while it runs, and when it has ended by itself. */
  readonly exitSignal: NodeJS.Signals | null;
  /** What it printed, for the message of a failure. */
  output(): string;
  /** From now on `output` tells only what is printed from now on. */
  forgetOutput(): void;
  /** Lets this process end while that one runs, which dies with it. */
  unref(): void;
  signal(signal: NodeJS.Signals): void;
  /** Asks it to end, insists after a while, and waits until it has. */
  stop(): Promise<void>;
}

const STOP_PATIENCE_MS = 20_000;
const MAX_OUTPUT = 20_000;

/**
 * Starts a program that dies with this process, however that dies: a guard waits for the end of a pipe, which the
 * operating system closes even after SIGKILL. The guard then also removes the folder. Both are out of reach of Ctrl+C,
 * which would end them before the tests that need them.
 */
export async function startServerProcess(
  command: string,
  args: string[],
  folder: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<ServerProcess> {
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    env: { ...process.env, ...environment },
  });
  await once(child, 'spawn');
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command} has no process id.`);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-MAX_OUTPUT);
    });
  }
  const guard = startGuard(pid, folder);
  const ended = once(child, 'exit').then(() => guard.kill('SIGKILL'));
  const exited = (): boolean => child.exitCode !== null || child.signalCode !== null;
  return {
    pid,
    get exited() {
      return exited();
    },
    get exitCode() {
      return child.exitCode;
    },
    get exitSignal() {
      return child.signalCode;
    },
    output: () => output,
    forgetOutput: () => {
      output = '';
    },
    unref: () => {
      child.unref();
      for (const stream of [child.stdout, child.stderr]) if (stream instanceof Socket) stream.unref();
    },
    signal: (signal) => {
      child.kill(signal);
    },
    stop: async () => {
      if (exited()) return;
      child.kill('SIGTERM');
      child.kill('SIGCONT');
      const insist = setTimeout(() => child.kill('SIGKILL'), STOP_PATIENCE_MS);
      await ended;
      clearTimeout(insist);
    },
  };
}

function startGuard(pid: number, folder: string): ChildProcess {
  const script = 'cat; kill -KILL "$1"; sleep 0.2; rm -rf -- "$2"';
  const guard = spawn('sh', ['-c', script, 'guard', String(pid), folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  // Killing it breaks the pipe.
  guard.stdin.on('error', () => undefined);
  guard.unref();
  return guard;
}

/**
 * Waits until a server answers.
 *
 * @throws Error with what it printed, when it ends instead, or does not answer within 30 s
 */
export async function waitUntilReady(server: ServerProcess, isReady: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await isReady())) {
    if (server.exited || Date.now() > deadline) throw new Error(`The server did not start:\n${server.output()}`);
    await sleep(50);
  }
}
