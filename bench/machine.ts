import { availableParallelism, cpus, loadavg } from 'node:os';

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

/** The same in a sentence. */
export function aboutMachine({ date, cores, processor, node, loadBefore }: Machine): string {
  const day = date.slice(0, 16).replace('T', ' ');
  return `${day} UTC, ${cores} cores of ${processor}, Node.js ${node}, load average before the run ${loadBefore.toFixed(1)}.`;
}
