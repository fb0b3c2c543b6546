import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { PROJECT_ROOT } from '../scripts/project-files.js';
import { GATEWAYS } from './gateways.js';
import { GROWTH } from './growth.js';
import { LOGINS } from './logins.js';
import { describeMachine } from './machine.js';
import { MEMORY } from './memory.js';
import type { Part, Setting } from './part.js';
import { readReport, writeReport } from './report.js';
import { doInLanes } from './steady-load.js';
import { WHOLE_STACKS } from './whole-stacks.js';

// npm run bench [-- --smoke] [--only w1,w2 [--write]]
// A whole run is written down; with --smoke or --only it is just shown, unless --write says otherwise. Sections of the
// report that were not measured anew stay as they are.

const PARTS: readonly Part[] = [GATEWAYS, LOGINS, WHOLE_STACKS, GROWTH, MEMORY];
const NAMES = PARTS.flatMap(({ names }) => names);
const ORDER = PARTS.map(({ name }) => name);
/** What it works with, and what brings it there. */
const NEEDED = [
  ['bench/node_modules/mercurius', 'npm ci --prefix bench --ignore-scripts'],
  // Without it Hive Gateway would quietly take its other runtime.
  ['routers/hive/node_modules/@graphql-hive/router-runtime', 'npm ci --prefix routers/hive --ignore-scripts'],
  ['gateway/dist/main.js', 'npm run build'],
] as const;

const { smoke, only, write } = parseArgs({
  options: {
    smoke: { type: 'boolean', default: false },
    only: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
}).values;

const wanted = only?.toLowerCase().split(',') ?? NAMES;
const parts = PARTS.filter(({ names }) => names.some((name) => wanted.includes(name)));
const halved = parts.find(({ names }) => !names.every((name) => wanted.includes(name)));
if (!wanted.every((name) => NAMES.includes(name))) throw new Error(`--only knows ${NAMES.join(', ')}`);
if (write && halved !== undefined) throw new Error(`--write is for whole sections: ${halved.names.join(',')}`);
for (const [path, command] of NEEDED)
  if (!existsSync(join(PROJECT_ROOT, path))) throw new Error(`${path} is missing; first: ${command}`);

const machine = describeMachine();
const folder = await mkdtemp(join(tmpdir(), 'identity-bench-'));
const setting: Setting = { folder, smoke, say: (line) => console.log(line) };
const target = smoke || (only !== undefined && !write) ? join(folder, 'report') : join(PROJECT_ROOT, 'bench');
const sections = new Map(await readReport(target));
const failures: string[] = [];
try {
  const left = [...parts];
  let report = '';
  // What looks at no time can be done side by side.
  await doInLanes(parts.length, smoke ? availableParallelism() : 1, async () => {
    const part = left.shift();
    if (part === undefined) return;
    await measure(part);
    report = await writeReport(target, ORDER, sections);
  });
  console.log(report);
} finally {
  await rm(folder, { recursive: true, force: true });
}
for (const failure of failures) console.error(failure);
if (failures.length > 0) process.exitCode = 1;

/** A part that fails leaves what was known of it, and the others, alone. */
async function measure(part: Part): Promise<void> {
  const { name, title, names } = part;
  const asked = names.filter((each) => wanted.includes(each));
  try {
    const { text, results, bars, failures: own } = await part.run(asked, setting);
    sections.set(name, { title, machine, text: text.join('\n\n'), results, bars });
    failures.push(...own);
  } catch (error) {
    console.error(error);
    failures.push(`${title}: it has failed`);
  }
}
