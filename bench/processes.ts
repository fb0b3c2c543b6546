import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, closeSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A server that is measured. */
export interface Server {
  readonly pid: number;
  exited(): boolean;
  /** The end of what it wrote as errors. */
  complaints(): string;
  stop(): Promise<void>;
}

/** What Linux counts processor time in, whatever the kernel's own clock. */
const TICKS_PER_SECOND = 100;
const KILL_AFTER_MS = 5_000;
const COMPLAINT_CHARACTERS = 300;

/** Starts a Node program. What it prints is thrown away, as a pipe would cost it time; its errors go to a file. */
export async function startServer(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  folder: string,
): Promise<Server> {
  const errors = join(folder, `${String(process.hrtime.bigint())}.log`);
  const descriptor = openSync(errors, 'w');
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'ignore', descriptor],
    cwd: folder,
    env: { PATH: process.env['PATH'], ...environment },
  });
  closeSync(descriptor);
  const ended = once(child, 'exit');
  await once(child, 'spawn');
  const exited = (): boolean => child.exitCode !== null || child.signalCode !== null;
  return {
    pid: child.pid ?? 0,
    exited,
    complaints: () => readFileSync(errors, 'utf8').trim().slice(-COMPLAINT_CHARACTERS),
    async stop() {
      if (exited()) return;
      child.kill('SIGTERM');
      const insist = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS);
      await ended;
      clearTimeout(insist);
    },
  };
}

/** The processor time that processes and all their children have used so far, user and system, in µs. */
export function cpuMicroseconds(pids: readonly number[]): number {
  const stats = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => statOf(Number(name)));
  const own = new Set(pids);
  // Parents before their children, until nothing is found any more.
  for (let size = 0; size !== own.size;) {
    size = own.size;
    for (const { pid, parent } of stats) if (own.has(parent)) own.add(pid);
  }
  const ticks = stats.filter(({ pid }) => own.has(pid)).reduce((sum, each) => sum + each.ticks, 0);
  return (ticks / TICKS_PER_SECOND) * 1e6;
}

interface Stat {
  readonly pid: number;
  readonly parent: number;
  /** Its own and those of children that have ended. */
  readonly ticks: number;
}

/** Empty when the process has just ended. */
function statOf(pid: number): readonly Stat[] {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    // Behind the name, which may hold anything, the third field begins.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    return [{ pid, parent: Number(fields[1]), ticks }];
  } catch {
    return [];
  }
}

/** The memory of a process that is in RAM, in MiB. */
export function residentMebibytes(pid: number): number {
  const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1_024;
}
