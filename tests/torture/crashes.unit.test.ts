import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../harness/eventually.js';
import { startServerProcess } from '../harness/server-process.js';
import { crashesOf, type Ending } from './crashes.js';

const WAITS = 'setInterval(() => undefined, 1000); console.log("ready");';

describe('a process that ends', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'identity-crashes-'));
  });

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  async function crashesAfter(program: string, asked: Ending): Promise<readonly string[]> {
    const server = await startServerProcess(process.execPath, ['--max-old-space-size=16', '-e', program], folder);
    if (asked !== null && program.endsWith(WAITS)) {
      await eventually('it runs', () => server.output().includes('ready'));
      server.signal(asked);
    }
    await eventually('it has ended', () => server.exited);
    return crashesOf(server, asked);
  }

  it.each<readonly [string, string, Ending]>([
    ['by itself', 'process.exit(0)', null],
    ['with a code', 'process.exit(7)', null],
    ['because its heap is full', 'const all = []; for (;;) all.push(new Array(10_000).fill({}));', null],
    ['by a signal of somebody else', 'process.kill(process.pid, "SIGKILL")', null],
    ['by an exception', 'throw new Error("nobody catches it")', null],
    ['with a code when told to stop', `process.on("SIGTERM", () => process.exit(1)); ${WAITS}`, 'SIGTERM'],
    ['in another way than told', 'process.abort()', 'SIGKILL'],
  ])('%s has crashed', async (_how, program, asked) => {
    expect(await crashesAfter(program, asked)).not.toEqual([]);
  });

  it.each<readonly [string, string, Ending]>([
    ['when killed', WAITS, 'SIGKILL'],
    ['when told to stop', `process.on("SIGTERM", () => process.exit(0)); ${WAITS}`, 'SIGTERM'],
  ])('%s has not', async (_how, program, asked) => {
    expect(await crashesAfter(program, asked)).toEqual([]);
  });
});
