import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { programArguments } from './program.js';

const PROJECT_ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A command of the README, running as a process of its own. */
export interface RunningCommand {
  /** Everything it has written so far, to both outputs. */
  output(): string;
  /** Resolves with the match as soon as the output has one. @throws Error with the output when it ends without. */
  waitFor(pattern: RegExp): Promise<RegExpExecArray>;
  /** The exit code; null when a signal ended it. */
  exit(): Promise<number | null>;
  signal(signal: NodeJS.Signals): void;
}

/** What to run: the script behind an `npm run …`, without npm between it and the signals. */
export interface CommandOptions {
  /** Relative to the project. */
  readonly script: string;
  readonly args?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Where it is run; relative paths of its configuration start here. */
  readonly folder?: string;
}

export function runCommand({
  script,
  args = [],
  environment = {},
  folder = PROJECT_ROOT,
}: CommandOptions): RunningCommand {
  const child = spawn(process.execPath, [...programArguments(script), ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const exited = once(child, 'exit').then(([code]: (number | null)[]) => code ?? null);
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      for (const listener of listeners) listener();
    });
  }

  return {
    output: () => output,
    waitFor: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const match = pattern.exec(output);
          if (match === null) return;
          listeners.delete(look);
          resolve(match);
        };
        listeners.add(look);
        look();
        void exited.then(() => {
          look();
          reject(new Error(`the command has ended without ${String(pattern)}:\n${output}`));
        });
      }),
    exit: () => exited,
    signal: (signal) => {
      child.kill(signal);
    },
  };
}
