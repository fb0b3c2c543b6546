import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PROJECT_ROOT } from '../../scripts/project-files.js';
import { startServer, type Server } from '../processes.js';

/** A supergraph that answers: a gateway, subgraphs, and whatever they keep their data in. */
export interface Stack {
  /** The GraphQL endpoint. */
  readonly url: string;
  /** What answers, without databases. */
  readonly processes: readonly StackProcess[];
  stop(): Promise<void>;
}

/** One of the processes of a stack. */
export interface StackProcess {
  readonly name: string;
  readonly pid: number;
}

/** A program to start. */
export interface Program {
  readonly name: string;
  /** For Node; the script relative to the project. */
  readonly args?: readonly string[];
  readonly script: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Resolves to true as soon as it answers. */
  ready(): Promise<boolean>;
}

const PATIENCE_MS = 60_000;
const POLL_MS = 20;

/**
 * Starts programs one after the other, each when the one before it answers.
 *
 * @throws Error with what it wrote, when one ends or does not answer within a minute; nothing is left running then.
 */
export async function startPrograms(
  programs: readonly Program[],
  folder: string,
): Promise<Pick<Stack, 'processes' | 'stop'>> {
  const servers: Server[] = [];
  const processes: StackProcess[] = [];
  const stop = async (): Promise<void> => {
    for (const server of servers.splice(0).reverse()) await server.stop();
  };
  try {
    for (const { name, args = [], script, environment, ready } of programs) {
      const server = await startServer([...args, join(PROJECT_ROOT, script)], environment, folder);
      servers.push(server);
      processes.push({ name, pid: server.pid });
      await untilReady(name, server, ready);
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { processes, stop };
}

async function untilReady(name: string, server: Server, ready: Program['ready']): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await ready())) {
    if (server.exited() || performance.now() > deadline)
      throw new Error(`${name} does not answer: ${server.complaints()}`);
    await sleep(POLL_MS);
  }
}

/** Whether something answers there with success. */
export async function answersWell(url: string): Promise<boolean> {
  try {
    const response = await fetch(url);
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

/** A run may take longer than a token lives by default. */
export const LONG_TOKENS = { ACCESS_TOKEN_TTL_SECONDS: '3600' } as const;

/** The base URL of a port on this machine. */
export const localUrl = (port: number): string => `http://127.0.0.1:${String(port)}`;
