import type { Figure, Ratio, StartFigure } from './figures.js';

/** A table of Markdown, with columns as wide as their widest cell, as the formatter wants them. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${widths.map((width, column) => (cells[column] ?? '').padEnd(width)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

/** What a workload has cost every entrant. */
export function workloadTable(figures: readonly Figure[], ratios: readonly Ratio[]): string {
  const times = new Map(ratios.map(({ contender, timesOurs }) => [contender, timesOurs.toFixed(2)]));
  return table(
    ['contender', 'CPU µs per request', 'times ours', 'requests per s', 'p99 ms'],
    figures.map((figure) => [
      figure.version === null ? figure.contender : `${figure.contender} (${figure.version})`,
      ...(figure.failed === null
        ? [figure.medianCpuMicros.toFixed(0), times.get(figure.contender) ?? '1', ...rateAndLatency(figure)]
        : failedCells(figure.failed, 4)),
    ]),
  );
}

/** The same for whole stacks: how many times as much the stock arrangement takes. */
export function wholeStackTable(figures: readonly Figure[]): string {
  const stock = figures.find(({ ours }) => !ours);
  return table(
    ['stack', 'CPU µs per request', 'stock takes', 'requests per s', 'p99 ms'],
    figures.map((figure) => [
      figure.contender,
      ...(figure.failed === null
        ? [figure.medianCpuMicros.toFixed(0), timesOf(stock, figure), ...rateAndLatency(figure)]
        : failedCells(figure.failed, 4)),
    ]),
  );
}

/** What starting has cost every entrant. */
export function startTable(starts: readonly StartFigure[]): string {
  return table(
    ['contender', 'first answer after ms', 'memory MiB'],
    starts.map(({ contender, failed, medianStartMs, memoryMiB }) => [
      contender,
      ...(failed === null ? [medianStartMs.toFixed(0), memoryMiB?.toFixed(0) ?? ''] : failedCells(failed, 2)),
    ]),
  );
}

/** How often a part was measured, in words. */
export const ofRounds = (count: number): string => (count === 1 ? 'one round' : `medians of ${String(count)} rounds`);

function timesOf(stock: Figure | undefined, { ours, medianCpuMicros }: Figure): string {
  if (!ours || stock?.failed !== null) return '';
  return `${(stock.medianCpuMicros / medianCpuMicros).toFixed(1)} ×`;
}

const rateAndLatency = ({ medianRequestsPerSecond, medianP99Ms }: Figure): readonly string[] => [
  medianRequestsPerSecond.toFixed(0),
  medianP99Ms.toFixed(0),
];

const failedCells = (why: string, count: number): readonly string[] => [
  `failed: ${why}`,
  ...Array.from({ length: count - 1 }, () => ''),
];
