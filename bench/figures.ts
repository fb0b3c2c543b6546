import { OURS } from './contenders.js';
import type { Round } from './load.js';
import type { Outcome } from './run.js';

/** One line of the results: a contender under a workload. */
export interface Figure {
  readonly contender: string;
  readonly version: string | null;
  /** Why there are no figures; null when there are. */
  readonly failed: string | null;
  readonly medianCpuMicros: number;
  readonly medianRequestsPerSecond: number;
  readonly medianP99Ms: number;
  /** Of every round, in their order. */
  readonly rounds: readonly Round[];
}

/** What a contender costs as a process, before any load. */
export interface StartFigure {
  readonly contender: string;
  readonly failed: string | null;
  readonly medianStartMs: number;
  readonly memoryMiB: number | null;
}

/** How many times as much another contender costs as this project's gateway; less than 1 when it costs less. */
export interface Ratio {
  readonly contender: string;
  readonly timesOurs: number;
}

/** The middle one of an odd count of numbers, the upper of the two middle ones of an even count; NaN of none. */
export function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? NaN;
}

/** The figures of all contenders under one workload. */
export function figuresOf(
  workload: string,
  outcomes: readonly Outcome[],
  version: (outcome: Outcome) => string | null,
): readonly Figure[] {
  return outcomes.map((outcome) => {
    const rounds = outcome.rounds.get(workload) ?? [];
    return {
      contender: outcome.contender.name,
      version: version(outcome),
      failed: outcome.failures.get('start') ?? outcome.failures.get(workload) ?? null,
      medianCpuMicros: median(rounds.map(({ cpuMicros }) => cpuMicros)),
      medianRequestsPerSecond: median(rounds.map(({ requestsPerSecond }) => requestsPerSecond)),
      medianP99Ms: median(rounds.map(({ p99Ms }) => p99Ms)),
      rounds,
    };
  });
}

/** What starting has cost, for all contenders. */
export function startFiguresOf(outcomes: readonly Outcome[]): readonly StartFigure[] {
  return outcomes.map(({ contender, startMs, memoryMiB, failures }) => ({
    contender: contender.name,
    failed: failures.get('start') ?? null,
    medianStartMs: median(startMs),
    memoryMiB,
  }));
}

/** The others by this project's gateway; none where it has failed. */
export function ratiosOf(figures: readonly Figure[]): readonly Ratio[] {
  const sound = figures.filter(({ failed }) => failed === null);
  const ours = sound.find(({ contender }) => contender === OURS)?.medianCpuMicros;
  if (ours === undefined) return [];
  return sound
    .filter(({ contender }) => contender !== OURS)
    .map(({ contender, medianCpuMicros }) => ({ contender, timesOurs: medianCpuMicros / ours }));
}
