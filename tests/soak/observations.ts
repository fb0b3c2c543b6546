import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseExposition, total } from '../harness/prometheus.js';

/** A process that is watched. */
export interface Watched {
  readonly name: string;
  readonly pid: number;
  /** Its port for operators. */
  readonly adminUrl: string;
  /** Where `collected-heap.js` listens in it. */
  readonly folder: string;
}

/** What a process holds at a moment. */
export interface Observation {
  /** How many operations had been answered by then. */
  readonly operations: number;
  /** What it takes of the machine's memory, in MiB. */
  readonly residentMib: number;
  /** What is left of its heap after a collection, in MiB. */
  readonly heapMib: number;
  /** Open files, sockets among them. */
  readonly files: number;
  readonly connections: number;
  readonly timers: number;
}

/** What became of a number in the second half of a run. */
export interface Trend {
  /** The change for every 10,000 operations, by the line that lies closest to all observations. */
  readonly slope: number;
  readonly first: number;
  readonly last: number;
}

/** Looks at a process. */
export async function observe({ pid, adminUrl, folder }: Watched, operations: number): Promise<Observation> {
  const metrics = parseExposition(await (await fetch(`${adminUrl}/metrics`)).text());
  const resources = (type: string): number => total(metrics, 'nodejs_active_resources', { type });
  const [, kib = ''] = /^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? [];
  return {
    operations,
    residentMib: Number(kib) / 1_024,
    heapMib: (await heapAfterCollection(join(folder, `${pid}.sock`))) / 1_048_576,
    files: (await readdir(`/proc/${pid}/fd`)).length,
    connections: resources('TCPSocketWrap'),
    timers: resources('Timeout'),
  };
}

async function heapAfterCollection(path: string): Promise<number> {
  const socket = connect(path);
  await once(socket, 'connect');
  return Number(await text(socket));
}

/** Fits a line through what was observed in the second half. */
export function trendOf(observations: readonly Observation[], value: (observation: Observation) => number): Trend {
  const half = observations.slice(Math.floor(observations.length / 2));
  const [xs, ys] = [half.map(({ operations }) => operations / 10_000), half.map(value)];
  const [meanX, meanY] = [mean(xs), mean(ys)];
  const covariance = mean(xs.map((x, index) => (x - meanX) * ((ys[index] ?? meanY) - meanY)));
  const variance = mean(xs.map((x) => (x - meanX) ** 2));
  return { slope: covariance / variance, first: ys[0] ?? Number.NaN, last: ys.at(-1) ?? Number.NaN };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
