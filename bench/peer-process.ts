import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { PROJECT_ROOT } from '../scripts/project-files.js';

/**
 * Runs a program of `peers/` in a process of its own: hands it a task as JSON, and reads the fields of its result.
 *
 * @throws Error when it ends without a result.
 */
export async function runPeer(
  program: string,
  task: unknown,
  environment: Readonly<Record<string, string>> = {},
): Promise<ReadonlyMap<string, unknown>> {
  const child = spawn(process.execPath, [join(PROJECT_ROOT, 'bench/peers', program)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'], NODE_ENV: 'production', ...environment },
  });
  const ended = once(child, 'exit');
  child.stdin.end(JSON.stringify(task));
  const output = await text(child.stdout);
  await ended;
  if (output === '') throw new Error(`${program} has told nothing`);
  const result: unknown = JSON.parse(output);
  return new Map<string, unknown>(typeof result === 'object' && result !== null ? Object.entries(result) : []);
}
