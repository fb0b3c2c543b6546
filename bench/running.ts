import { isDeepStrictEqual } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Contender } from './contenders.js';
import { freePort } from '../tests/harness/free-port.js';
import { startServer, type Server } from './processes.js';
import type { Workload } from './workloads.js';

/** What everything in a run shares. */
export interface Surroundings {
  /** For what processes write. */
  readonly folder: string;
  readonly subgraphs: { readonly auth: number; readonly users: number };
  /** What every request carries. */
  readonly headers: Readonly<Record<string, string>>;
}

/** A contender that has answered. */
export interface Running {
  readonly contender: Contender;
  readonly server: Server;
  readonly url: string;
  /** From the start of the process to the first right answer, in milliseconds. */
  readonly startMs: number;
}

const PATIENCE_MS = 30_000;
const POLL_MS = 10;

/**
 * Starts a contender and waits for the right answer to a workload.
 *
 * @throws Error with what it wrote, when it ends or does not answer within 30 s.
 */
export async function start(contender: Contender, around: Surroundings, workload: Workload): Promise<Running> {
  const own = await freePort();
  const url = `http://127.0.0.1:${String(own)}/graphql`;
  const began = performance.now();
  const server = await startServer(contender.args, contender.environment({ own, ...around.subgraphs }), around.folder);
  let problem = 'no answer';
  while (performance.now() - began < PATIENCE_MS && !server.exited()) {
    const answer = await ask(url, around, workload).catch(() => null);
    if (answer !== null && isRight(answer, workload)) {
      return { contender, server, url, startMs: performance.now() - began };
    }
    problem = answer ?? problem;
    await sleep(POLL_MS);
  }
  await server.stop();
  throw new Error(`${problem.slice(0, 300)} ${server.complaints()}`);
}

/**
 * The exact answer to a workload, which is the same for each request.
 *
 * @throws Error when the answer is not the right one.
 */
export async function rightAnswer(running: Running, around: Surroundings, workload: Workload): Promise<string> {
  const answer = await ask(running.url, around, workload);
  if (!isRight(answer, workload)) throw new Error(`a wrong answer: ${answer.slice(0, 300)}`);
  return answer;
}

/** The body of a request. */
export const bodyOf = ({ query }: Workload): string => JSON.stringify({ query });

async function ask(url: string, { headers }: Surroundings, workload: Workload): Promise<string> {
  const response = await fetch(url, { method: 'POST', headers, body: bodyOf(workload) });
  return response.text();
}

function isRight(answer: string, { data }: Workload): boolean {
  try {
    const parsed: unknown = JSON.parse(answer);
    return isDeepStrictEqual(parsed, { data });
  } catch {
    return false;
  }
}
