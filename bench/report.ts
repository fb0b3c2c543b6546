import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { drawChart } from './chart.js';
import { versionOf } from './contenders.js';
import { figuresOf, ratiosOf, startFiguresOf, type Figure, type Ratio, type StartFigure } from './figures.js';
import type { Outcome, Plan } from './run.js';

/** Where and when a run took place. */
export interface Machine {
  readonly date: string;
  readonly cores: number;
  readonly processor: string;
  readonly node: string;
  /** Of the minute before the run: of a quiet machine close to 0. */
  readonly loadBefore: number;
}

/** Describes this machine; call it before the run. */
export function describeMachine(): Machine {
  return {
    date: new Date().toISOString(),
    cores: availableParallelism(),
    processor: cpus()[0]?.model ?? 'unknown',
    node: process.version,
    loadBefore: loadavg()[0] ?? NaN,
  };
}

/** Writes RESULTS.md, results.json and results.svg into a folder. */
export async function writeReport(
  folder: string,
  machine: Machine,
  outcomes: readonly Outcome[],
  { workloads, rounds }: Plan,
): Promise<void> {
  const starts = startFiguresOf(outcomes);
  const results = workloads.map(({ name, title, query }) => {
    const figures = figuresOf(name, outcomes, ({ contender, failures }) =>
      failures.has('start') ? null : versionOf(contender),
    );
    return { name, title, query, figures, ratios: ratiosOf(figures) };
  });
  const text = [
    '# Results of `npm run bench`',
    aboutMachine(machine),
    METHOD,
    '![Processor time per request](results.svg)',
    ...results.flatMap(({ title, query, figures, ratios }) => [
      `## ${title}`,
      `\`${query}\`, medians of ${rounds} rounds by turns.`,
      workloadTable(figures, ratios),
    ]),
    '## Start and memory',
    'From the start of the process to the first right answer, and what is in memory then.',
    startTable(starts),
  ];
  await mkdir(folder, { recursive: true });
  await Promise.all([
    writeFile(join(folder, 'RESULTS.md'), `${text.join('\n\n')}\n`),
    writeFile(join(folder, 'results.json'), `${JSON.stringify({ machine, workloads: results, starts }, rounded, 2)}\n`),
    writeFile(join(folder, 'results.svg'), drawChart(results)),
  ]);
}

const METHOD = `Every contender is a process of its own in front of the same two static subgraphs, which answer with texts made beforehand.
The load comes from \`autocannon\` over 32 connections; each request carries the same access token, and every answer is
compared with the right one. CPU is the processor time of the contender's process alone, user and system, garbage
collection and compiler included, from \`/proc\`, divided by the requests that were answered.

This project's gateway does for each request what the others do not: it authenticates the access token (ES256, against a
published key set), authorizes the operation field by field, holds it to its limits, forwards to the subgraphs who asks, and
writes a line of the log. It is built, in production mode and with its defaults. Hive Gateway is told what
[\`routers/hive\`](../routers/hive) tells it, and therefore forwards the same. Stock Apollo, Mercurius and the bare proxy, which
knows the two calls that each operation needs and no GraphQL, forward nothing.`;

function aboutMachine({ date, cores, processor, node, loadBefore }: Machine): string {
  const day = date.slice(0, 16).replace('T', ' ');
  return `${day} UTC, ${cores} cores of ${processor}, Node.js ${node}, load average before the run ${loadBefore.toFixed(1)}.`;
}

function workloadTable(figures: readonly Figure[], ratios: readonly Ratio[]): string {
  const times = new Map(ratios.map(({ contender, timesOurs }) => [contender, timesOurs.toFixed(2)]));
  return table(
    ['contender', 'CPU µs per request', 'times ours', 'requests per s', 'p99 ms'],
    figures.map(({ contender, version, failed, medianCpuMicros, medianRequestsPerSecond, medianP99Ms }) => [
      version === null ? contender : `${contender} ${version}`,
      ...(failed === null
        ? [
            medianCpuMicros.toFixed(0),
            times.get(contender) ?? '1',
            medianRequestsPerSecond.toFixed(0),
            String(medianP99Ms),
          ]
        : [`failed: ${failed}`, '', '', '']),
    ]),
  );
}

function startTable(starts: readonly StartFigure[]): string {
  return table(
    ['contender', 'first answer after ms', 'memory MiB'],
    starts.map(({ contender, failed, medianStartMs, memoryMiB }) => [
      contender,
      ...(failed === null ? [medianStartMs.toFixed(0), memoryMiB?.toFixed(0) ?? ''] : [`failed: ${failed}`, '']),
    ]),
  );
}

/** Columns as wide as their widest cell, as the formatter wants them. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${widths.map((width, column) => (cells[column] ?? '').padEnd(width)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

/** A figure of a benchmark has no more digits than this. */
function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toFixed(2)) : value;
}
