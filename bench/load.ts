import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { PROJECT_ROOT } from '../scripts/project-files.js';
import { cpuMicroseconds } from './processes.js';
import { bodyOf, type Running, type Surroundings } from './running.js';
import type { Workload } from './workloads.js';

/** What one round of load has shown. */
export interface Round {
  /** Processor time of the contender's process, user and system, per request in µs. */
  readonly cpuMicros: number;
  readonly requestsPerSecond: number;
  readonly p99Ms: number;
}

/** How long a load goes on: seconds, or requests. */
export type Extent = { readonly duration: number } | { readonly amount: number };

const CONNECTIONS = 32;

/**
 * Sends a workload over 32 connections, each with one request at a time.
 *
 * @throws Error when an answer was missing or differed from the expected text.
 */
export async function load(
  { url, server }: Running,
  { headers }: Surroundings,
  workload: Workload,
  expectBody: string,
  extent: Extent,
): Promise<Round> {
  const task = { url, headers, body: bodyOf(workload), expectBody, connections: CONNECTIONS, ...extent };
  const before = cpuMicroseconds(server.pid);
  const child = spawn(process.execPath, [join(PROJECT_ROOT, 'bench/peers/load.js')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  child.stdin.end(JSON.stringify(task));
  const output = await text(child.stdout);
  await ended;
  const used = cpuMicroseconds(server.pid) - before;
  const { answered, wrong, seconds, p99Ms } = numbers(JSON.parse(output));
  if (wrong > 0 || answered === 0) throw new Error(`${wrong} of ${answered + wrong} answers were wrong or missing`);
  return { cpuMicros: used / answered, requestsPerSecond: answered / seconds, p99Ms };
}

interface LoadResult {
  readonly answered: number;
  readonly wrong: number;
  readonly seconds: number;
  readonly p99Ms: number;
}

function numbers(result: unknown): LoadResult {
  const fields = new Map<string, unknown>(typeof result === 'object' && result !== null ? Object.entries(result) : []);
  const number = (name: string): number => {
    const value = fields.get(name);
    if (typeof value !== 'number') throw new Error(`the load has told no ${name}`);
    return value;
  };
  return {
    answered: number('answered'),
    wrong: number('wrong'),
    seconds: number('seconds'),
    p99Ms: number('p99Ms'),
  };
}
