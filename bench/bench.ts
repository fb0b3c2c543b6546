import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { PROJECT_ROOT } from '../scripts/project-files.js';
import { freePort } from '../tests/harness/free-port.js';
import { CONTENDERS } from './contenders.js';
import { startServer } from './processes.js';
import { describeMachine, writeReport } from './report.js';
import { runSideBySide, type Plan } from './run.js';
import type { Surroundings } from './running.js';
import { signAccess } from './token.js';
import { WORKLOADS } from './workloads.js';

// npm run bench [-- --smoke] [--only w1,w2]

const { smoke, only } = parseArgs({
  options: { smoke: { type: 'boolean', default: false }, only: { type: 'string' } },
}).values;

const names = only?.split(',') ?? WORKLOADS.map(({ name }) => name);
const workloads = WORKLOADS.filter(({ name }) => names.includes(name));
if (workloads.length !== names.length) throw new Error(`--only knows ${WORKLOADS.map(({ name }) => name).join(', ')}`);

const FULL = { starts: 3, warmUp: { duration: 10 }, round: { duration: 4 }, rounds: 5 } as const;
const SMOKE = { starts: 1, warmUp: { amount: 40 }, round: { amount: 40 }, rounds: 1 } as const;
const plan: Plan = { workloads, ...(smoke ? SMOKE : FULL) };

if (!existsSync(join(PROJECT_ROOT, 'bench/node_modules'))) throw new Error('first: npm ci --prefix bench');
if (!existsSync(join(PROJECT_ROOT, 'gateway/dist/main.js'))) throw new Error('first: npm run build');

const machine = describeMachine();
const folder = await mkdtemp(join(tmpdir(), 'identity-bench-'));
const subgraphs = { auth: await freePort(), users: await freePort() };
const { token, keySet } = signAccess('http://localhost:4000', 'identity-supergraph');
const around: Surroundings = {
  folder,
  subgraphs,
  headers: { 'content-type': 'application/json', accept: 'application/json', authorization: `Bearer ${token}` },
};
const answering = await startServer(
  [
    '--import',
    import.meta.resolve('tsx'),
    join(PROJECT_ROOT, 'bench/static-subgraphs.ts'),
    String(subgraphs.auth),
    String(subgraphs.users),
    keySet,
  ],
  { NODE_ENV: 'production' },
  folder,
);
try {
  await untilServed(subgraphs.users);
  const outcomes = await runSideBySide(CONTENDERS, around, plan, (line) => console.log(line));
  const target = smoke ? join(folder, 'report') : join(PROJECT_ROOT, 'bench');
  await writeReport(target, machine, outcomes, plan);
  console.log(await readFile(join(target, 'RESULTS.md'), 'utf8'));
  const failed = outcomes.some(({ failures }) => failures.size > 0);
  if (smoke && failed) process.exitCode = 1;
} finally {
  await answering.stop();
  await rm(folder, { recursive: true, force: true });
}

async function untilServed(port: number): Promise<void> {
  for (let left = 600; left > 0; left -= 1) {
    const response = await fetch(`http://127.0.0.1:${String(port)}/`).catch(() => null);
    if (response?.ok === true) return;
    await sleep(50);
  }
  throw new Error('the static subgraphs do not answer');
}
