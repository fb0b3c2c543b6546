import type { ServerProcess } from '../harness/server-process.js';

/** How a process was told to end; null when it was not. */
export type Ending = 'SIGKILL' | 'SIGTERM' | null;

const LAST_WORDS = 1_000;

/**
 * Tells of what has gone wrong with a process: an exception or a rejection that nobody has caught, and an end that nobody
 * has asked for, such as that of a heap that is full.
 */
export function crashesOf(server: ServerProcess, asked: Ending): readonly string[] {
  const lines = server.output().split('\n');
  const told = lines.filter((line) => /"level":"fatal"|unhandled|uncaught/i.test(line));
  if (!server.exited || isAnswerTo(asked, server)) return told;
  const how = String(server.exitCode ?? server.exitSignal);
  return [...told, `ended with ${how}, asked for ${String(asked)}: ${server.output().slice(-LAST_WORDS)}`];
}

/** Who does not end in time when told to is killed; who is told to at its very start has not learnt to yet. */
function isAnswerTo(asked: Ending, { exitCode, exitSignal }: ServerProcess): boolean {
  if (asked === 'SIGKILL') return exitSignal === 'SIGKILL';
  return asked === 'SIGTERM' && (exitCode === 0 || exitSignal === 'SIGTERM' || exitSignal === 'SIGKILL');
}
