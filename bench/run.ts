import { load, type Extent, type Round } from './load.js';
import { inOneLine } from './one-line.js';
import { residentMebibytes } from './processes.js';
import { rightAnswer, type Question, type Target } from './targets.js';

/** One of those that are compared. */
export interface Entrant {
  readonly name: string;
  /** Null where there is none to tell. */
  readonly version: string | null;
  /** Whether it is this project's own. */
  readonly ours: boolean;
  /** Starts it; resolves when it answers rightly. */
  start(): Promise<Running>;
}

/** An entrant that answers. */
export interface Running {
  readonly target: Target;
  /** From the start of the process to the first right answer, in milliseconds. */
  readonly startMs: number;
  /** What a workload asks of it. */
  question(workload: string): Question;
  stop(): Promise<void>;
}

/** How much is done. */
export interface Plan {
  /** Their names. */
  readonly workloads: readonly string[];
  /** How often each entrant is started cold; the last of them is loaded. */
  readonly starts: number;
  readonly warmUp: Extent;
  readonly round: Extent;
  readonly rounds: number;
}

/** What is known of one entrant in the end. */
export interface Outcome {
  readonly entrant: Entrant;
  readonly startMs: number[];
  /** Resident memory of all its processes after the first answer. */
  memoryMiB: number | null;
  /** By the name of the workload. */
  readonly rounds: Map<string, Round[]>;
  /** By the name of the workload, or `start`: why there are no figures. */
  readonly failures: Map<string, string>;
}

type Say = (line: string) => void;

/** Measures entrants side by side, by turns; one that fails is noted and left out. */
export async function runSideBySide(entrants: readonly Entrant[], plan: Plan, say: Say): Promise<readonly Outcome[]> {
  const running = new Map<Outcome, Running>();
  const outcomes: Outcome[] = [];
  try {
    for (const entrant of entrants) {
      const outcome: Outcome = { entrant, startMs: [], memoryMiB: null, rounds: new Map(), failures: new Map() };
      outcomes.push(outcome);
      await noting(outcome, 'start', say, async () => {
        running.set(outcome, await startedOften(outcome, plan.starts));
      });
      say(`${entrant.name}: first answer after ${outcome.startMs.map((ms) => ms.toFixed(0)).join(', ')} ms`);
    }
    for (const workload of plan.workloads) await byTurns(workload, running, plan, say);
  } finally {
    await Promise.all([...running.values()].map((each) => each.stop()));
  }
  return outcomes;
}

async function startedOften(outcome: Outcome, starts: number): Promise<Running> {
  for (let left = starts; ; left -= 1) {
    const started = await outcome.entrant.start();
    outcome.startMs.push(started.startMs);
    outcome.memoryMiB = started.target.pids.reduce((sum, pid) => sum + residentMebibytes(pid), 0);
    if (left <= 1) return started;
    await started.stop();
  }
}

async function byTurns(
  workload: string,
  running: ReadonlyMap<Outcome, Running>,
  { warmUp, round, rounds }: Plan,
  say: Say,
): Promise<void> {
  const answers = new Map<Outcome, string>();
  for (const [outcome, { target, question }] of running) {
    await noting(outcome, workload, say, async () => {
      const answer = await rightAnswer(target, question(workload));
      await load(target, question(workload), answer, warmUp);
      answers.set(outcome, answer);
      outcome.rounds.set(workload, []);
    });
  }
  for (let count = 1; count <= rounds; count += 1) {
    for (const [outcome, answer] of answers) {
      const entrant = running.get(outcome);
      if (entrant === undefined || outcome.failures.has(workload)) continue;
      await noting(outcome, workload, say, async () => {
        const done = await load(entrant.target, entrant.question(workload), answer, round);
        outcome.rounds.get(workload)?.push(done);
        say(`${workload} ${count}/${rounds} ${outcome.entrant.name}: ${done.cpuMicros.toFixed(0)} µs`);
      });
    }
  }
}

async function noting(outcome: Outcome, part: string, say: Say, action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    outcome.failures.set(part, inOneLine(error));
    say(`${outcome.entrant.name}, ${part}: failed: ${String(error)}`);
  }
}
