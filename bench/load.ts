import { runPeer } from './peer-process.js';
import { cpuMicroseconds } from './processes.js';
import { bodyOf, type Question, type Target } from './targets.js';

/** What one round of load has shown. */
export interface Round {
  /** Processor time of the contender's processes, user and system, per request in µs. */
  readonly cpuMicros: number;
  readonly requestsPerSecond: number;
  readonly p99Ms: number;
}

/** How long a load goes on: seconds, or requests. */
export type Extent = { readonly duration: number } | { readonly amount: number };

const CONNECTIONS = 32;

/**
 * Sends a question over 32 connections, each with one request at a time.
 *
 * @throws Error when an answer was missing or differed from the expected text.
 */
export async function load(
  { url, headers, pids }: Target,
  question: Question,
  expectBody: string,
  extent: Extent,
): Promise<Round> {
  const before = cpuMicroseconds(pids);
  const task = { url, headers, body: bodyOf(question), expectBody, connections: CONNECTIONS, ...extent };
  const { answered, wrong, seconds, p99Ms } = numbers(await runPeer('load.js', task));
  const used = cpuMicroseconds(pids) - before;
  if (wrong > 0 || answered === 0) throw new Error(`${wrong} of ${answered + wrong} answers were wrong or missing`);
  return { cpuMicros: used / answered, requestsPerSecond: answered / seconds, p99Ms };
}

interface LoadResult {
  readonly answered: number;
  readonly wrong: number;
  readonly seconds: number;
  readonly p99Ms: number;
}

function numbers(result: ReadonlyMap<string, unknown>): LoadResult {
  const number = (name: string): number => {
    const value = result.get(name);
    if (typeof value !== 'number') throw new Error(`the load has told no ${name}`);
    return value;
  };
  return { answered: number('answered'), wrong: number('wrong'), seconds: number('seconds'), p99Ms: number('p99Ms') };
}
