import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PROJECT_ROOT } from '../scripts/project-files.js';
import { lastingPort } from '../tests/torture/parts.js';
import { CONTENDERS, OURS, versionOf, type Contender, type Ports } from './contenders.js';
import { barsOf, failuresOf, figuresOf, ratiosOf, startFiguresOf } from './figures.js';
import type { Part, Section } from './part.js';
import { startServer } from './processes.js';
import { runSideBySide, type Entrant, type Running } from './run.js';
import { ofRounds, startTable, workloadTable } from './tables.js';
import { ask, isRight, type Question } from './targets.js';
import { signAccess } from './token.js';
import { WORKLOADS, type Workload } from './workloads.js';

const FULL = { starts: 3, warmUp: { duration: 10 }, round: { duration: 4 }, rounds: 5 } as const;
const SMOKE = { starts: 1, warmUp: { amount: 40 }, round: { amount: 40 }, rounds: 1 } as const;
const PATIENCE_MS = 30_000;
const POLL_MS = 10;

/** W1 and W2: gateways beside each other, in front of subgraphs that cost next to nothing. */
export const GATEWAYS: Part = {
  name: 'gateways',
  title: 'The gateway beside others',
  names: WORKLOADS.map(({ name }) => name),

  async run(wanted, { folder, smoke, say }) {
    const workloads = WORKLOADS.filter(({ name }) => wanted.includes(name));
    const { token, keySet } = signAccess('http://localhost:4000', 'identity-supergraph');
    const subgraphs = { auth: await lastingPort(), users: await lastingPort() };
    const program = [join(PROJECT_ROOT, 'bench/static-subgraphs.ts'), String(subgraphs.auth), String(subgraphs.users)];
    const answering = await startServer(
      ['--import', import.meta.resolve('tsx'), ...program, keySet],
      { NODE_ENV: 'production' },
      folder,
    );
    try {
      await untilServed(subgraphs.users);
      const around = { folder, subgraphs, token, first: first(workloads) };
      const plan = { workloads: workloads.map(({ name }) => name), ...(smoke ? SMOKE : FULL) };
      const entrants = CONTENDERS.map((contender) => entrantOf(contender, around));
      return sectionOf(workloads, await runSideBySide(entrants, plan, say), plan.rounds);
    } finally {
      await answering.stop();
    }
  },
};

interface Around {
  readonly folder: string;
  readonly subgraphs: Omit<Ports, 'own'>;
  readonly token: string;
  /** What tells whether a contender has started. */
  readonly first: Question;
}

function first(workloads: readonly Workload[]): Workload {
  const [workload] = workloads;
  if (workload === undefined) throw new Error('there is nothing to do');
  return workload;
}

function entrantOf(contender: Contender, around: Around): Entrant {
  return {
    name: contender.name,
    version: versionOf(contender),
    ours: contender.name === OURS,
    start: () => start(contender, around),
  };
}

/** @throws Error with what it wrote, when it ends or does not answer within 30 s. */
async function start(contender: Contender, { folder, subgraphs, token, first: question }: Around): Promise<Running> {
  const own = await lastingPort();
  const url = `http://127.0.0.1:${String(own)}/graphql`;
  const headers = {
    'content-type': 'application/json',
    accept: 'application/json',
    authorization: `Bearer ${token}`,
  };
  const began = performance.now();
  const server = await startServer(contender.args, contender.environment({ own, ...subgraphs }), folder);
  let problem = 'no answer';
  while (performance.now() - began < PATIENCE_MS && !server.exited()) {
    const answer = await ask({ url, headers }, question).catch(() => null);
    if (answer !== null && isRight(answer, question)) {
      return {
        target: { url, headers, pids: [server.pid] },
        startMs: performance.now() - began,
        question: (name) => first(WORKLOADS.filter((workload) => workload.name === name)),
        stop: () => server.stop(),
      };
    }
    problem = answer ?? problem;
    await sleep(POLL_MS);
  }
  await server.stop();
  throw new Error(`${problem.slice(0, 300)} ${server.complaints()}`);
}

async function untilServed(port: number): Promise<void> {
  for (let left = 600; left > 0; left -= 1) {
    const response = await fetch(`http://127.0.0.1:${String(port)}/`).catch(() => null);
    if (response?.ok === true) return;
    await sleep(50);
  }
  throw new Error('the static subgraphs do not answer');
}

function sectionOf(
  workloads: readonly Workload[],
  outcomes: Awaited<ReturnType<typeof runSideBySide>>,
  rounds: number,
): Section {
  const starts = startFiguresOf(outcomes);
  const results = workloads.map(({ name, title, query }) => {
    const figures = figuresOf(name, outcomes);
    return { name, title, query, figures, ratios: ratiosOf(figures) };
  });
  return {
    text: [
      METHOD,
      ...results.flatMap(({ title, query, figures, ratios }) => [
        `### ${title}`,
        `\`${query}\`, ${ofRounds(rounds)} by turns.`,
        workloadTable(figures, ratios),
      ]),
      '### Start and memory',
      'From the start of the process to the first right answer, and what is in memory then.',
      startTable(starts),
    ],
    results: { workloads: results, starts },
    bars: results.map(({ title, figures }) => barsOf(title, figures)),
    failures: failuresOf(outcomes),
  };
}

const METHOD = `Every contender stands in front of the same two static subgraphs, which answer with texts made beforehand.

This project's gateway does for each request what the others do not: it authenticates the access token (ES256, against a
published key set), authorizes the operation field by field, holds it to its limits, forwards to the subgraphs who asks, and
writes a line of the log. Hive Gateway is told what [\`routers/hive\`](../routers/hive) tells it, and therefore forwards the
same; it is measured with both its runtimes, the stitching one that is its default and, by \`--hive-router-runtime\`, that of
Hive Router. Stock Apollo, Mercurius and the bare proxy, which knows the two calls that each operation needs and no GraphQL,
forward nothing.`;
