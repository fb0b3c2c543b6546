import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { programArguments } from '../../../tests/harness/program.js';

/** A process that follows a file and cannot open any. */
export interface StarvedFollower {
  /** What it has logged. */
  output(): string;
  /** Lets it open files again. */
  feed(): void;
  kill(): void;
}

/** How many files it may have open; Node needs some to start. */
const MAX_OPEN = 100;

/** Starts one, which has opened the file once. */
export async function startStarvedFollower(path: string): Promise<StarvedFollower> {
  const program = [process.execPath, ...programArguments('gateway/test/support/starved-follower-process.ts'), path];
  const child = spawn('sh', ['-c', `ulimit -n ${String(MAX_OPEN)}; exec "$@"`, 'sh', ...program], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  await once(child, 'message');
  return {
    output: () => output,
    feed: () => void child.send('feed'),
    kill: () => void child.kill('SIGKILL'),
  };
}
