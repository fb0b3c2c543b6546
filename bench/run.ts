import type { Contender } from './contenders.js';
import { load, type Extent, type Round } from './load.js';
import { residentMebibytes } from './processes.js';
import { rightAnswer, start, type Running, type Surroundings } from './running.js';
import type { Workload } from './workloads.js';

/** How much is done. */
export interface Plan {
  readonly workloads: readonly Workload[];
  /** How often each contender is started cold; the last of them is loaded. */
  readonly starts: number;
  readonly warmUp: Extent;
  readonly round: Extent;
  readonly rounds: number;
}

/** What is known of one contender in the end. */
export interface Outcome {
  readonly contender: Contender;
  readonly startMs: number[];
  /** Resident memory after the first answer. */
  memoryMiB: number | null;
  /** By the name of the workload. */
  readonly rounds: Map<string, Round[]>;
  /** By the name of the workload, or `start`: why there are no figures. */
  readonly failures: Map<string, string>;
}

type Say = (line: string) => void;

/** Measures contenders side by side, by turns; one that fails is noted and left out. */
export async function runSideBySide(
  contenders: readonly Contender[],
  around: Surroundings,
  plan: Plan,
  say: Say,
): Promise<readonly Outcome[]> {
  const running = new Map<Outcome, Running>();
  const outcomes: Outcome[] = [];
  try {
    for (const contender of contenders) {
      const outcome: Outcome = { contender, startMs: [], memoryMiB: null, rounds: new Map(), failures: new Map() };
      outcomes.push(outcome);
      await noting(outcome, 'start', say, async () => {
        running.set(outcome, await startedOften(outcome, around, plan));
      });
      say(`${contender.name}: first answer after ${outcome.startMs.map((ms) => ms.toFixed(0)).join(', ')} ms`);
    }
    for (const workload of plan.workloads) await byTurns(workload, running, around, plan, say);
  } finally {
    await Promise.all([...running.values()].map(({ server }) => server.stop()));
  }
  return outcomes;
}

async function startedOften(outcome: Outcome, around: Surroundings, { starts, workloads }: Plan): Promise<Running> {
  const [first] = workloads;
  if (first === undefined) throw new Error('there is nothing to do');
  for (let left = starts; ; left -= 1) {
    const started = await start(outcome.contender, around, first);
    outcome.startMs.push(started.startMs);
    outcome.memoryMiB = residentMebibytes(started.server.pid);
    if (left <= 1) return started;
    await started.server.stop();
  }
}

async function byTurns(
  workload: Workload,
  running: ReadonlyMap<Outcome, Running>,
  around: Surroundings,
  { warmUp, round, rounds }: Plan,
  say: Say,
): Promise<void> {
  const answers = new Map<Outcome, string>();
  for (const [outcome, contender] of running) {
    await noting(outcome, workload.name, say, async () => {
      const answer = await rightAnswer(contender, around, workload);
      await load(contender, around, workload, answer, warmUp);
      answers.set(outcome, answer);
      outcome.rounds.set(workload.name, []);
    });
  }
  for (let count = 1; count <= rounds; count += 1) {
    for (const [outcome, answer] of answers) {
      const contender = running.get(outcome);
      if (contender === undefined || outcome.failures.has(workload.name)) continue;
      await noting(outcome, workload.name, say, async () => {
        const done = await load(contender, around, workload, answer, round);
        outcome.rounds.get(workload.name)?.push(done);
        say(`${workload.name} ${count}/${rounds} ${outcome.contender.name}: ${done.cpuMicros.toFixed(0)} µs`);
      });
    }
  }
}

async function noting(outcome: Outcome, part: string, say: Say, action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    outcome.failures.set(part, inOneLine(why));
    say(`${outcome.contender.name}, ${part}: failed: ${why}`);
  }
}

/** For a table that is published: nothing of this machine's folders, and nothing that would end a cell. */
function inOneLine(text: string): string {
  const line = text.replaceAll(/(?:file:\/\/)?\/[\w./@+-]+/g, '…').replaceAll(/[\s|]+/g, ' ');
  return line.trim().slice(0, 160);
}
