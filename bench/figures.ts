import type { BarGroup } from './chart.js';
import type { Round } from './load.js';
import type { Outcome } from './run.js';

/** One line of the results: an entrant under a workload. */
export interface Figure {
  readonly contender: string;
  readonly version: string | null;
  readonly ours: boolean;
  /** Why there are no figures; null when there are. */
  readonly failed: string | null;
  readonly medianCpuMicros: number;
  readonly medianRequestsPerSecond: number;
  readonly medianP99Ms: number;
  /** Of every round, in their order. */
  readonly rounds: readonly Round[];
}

/** What an entrant costs as a process, before any load. */
export interface StartFigure {
  readonly contender: string;
  readonly failed: string | null;
  readonly medianStartMs: number;
  readonly memoryMiB: number | null;
}

/** How many times as much another entrant costs as this project's gateway; less than 1 when it costs less. */
export interface Ratio {
  readonly contender: string;
  readonly timesOurs: number;
}

/** The middle one of an odd count of numbers, the upper of the two middle ones of an even count; NaN of none. */
export function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? NaN;
}

/** The smallest value that as large a share of the others does not exceed; NaN of none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.max(0, Math.ceil(values.length * share) - 1)] ?? NaN;
}

/** The figures of all entrants under one workload. */
export function figuresOf(workload: string, outcomes: readonly Outcome[]): readonly Figure[] {
  return outcomes.map(({ entrant, rounds: all, failures }) => {
    const rounds = all.get(workload) ?? [];
    return {
      contender: entrant.name,
      version: failures.has('start') ? null : entrant.version,
      ours: entrant.ours,
      failed: failures.get('start') ?? failures.get(workload) ?? null,
      medianCpuMicros: median(rounds.map(({ cpuMicros }) => cpuMicros)),
      medianRequestsPerSecond: median(rounds.map(({ requestsPerSecond }) => requestsPerSecond)),
      medianP99Ms: median(rounds.map(({ p99Ms }) => p99Ms)),
      rounds,
    };
  });
}

/** The same as bars. */
export function barsOf(title: string, figures: readonly Figure[]): BarGroup {
  const bars = figures.map(({ contender, failed, medianCpuMicros, ours }) => ({
    label: contender,
    value: failed === null ? medianCpuMicros : null,
    ours,
  }));
  return { title, unit: 'µs', bars };
}

/** What starting has cost, for all entrants. */
export function startFiguresOf(outcomes: readonly Outcome[]): readonly StartFigure[] {
  return outcomes.map(({ entrant, startMs, memoryMiB, failures }) => ({
    contender: entrant.name,
    failed: failures.get('start') ?? null,
    medianStartMs: median(startMs),
    memoryMiB,
  }));
}

/** The others by this project's gateway; none where it has failed. */
export function ratiosOf(figures: readonly Figure[]): readonly Ratio[] {
  const sound = figures.filter(({ failed }) => failed === null);
  const ours = sound.find((figure) => figure.ours)?.medianCpuMicros;
  if (ours === undefined) return [];
  return sound
    .filter((figure) => !figure.ours)
    .map(({ contender, medianCpuMicros }) => ({ contender, timesOurs: medianCpuMicros / ours }));
}

/** Why entrants have no figures, for whoever runs the benchmark. */
export function failuresOf(outcomes: readonly Outcome[]): readonly string[] {
  return outcomes.flatMap(({ entrant, failures }) =>
    [...failures].map(([part, why]) => `${entrant.name}, ${part}: ${why}`),
  );
}
