import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { PROJECT_ROOT } from '../scripts/project-files.js';
import { GATEWAYS } from './gateways.js';
import { GROWTH } from './growth.js';
import { LOGINS } from './logins.js';
import { describeMachine } from './machine.js';
import { MEMORY } from './memory.js';
import { inOneLine } from './one-line.js';
import type { Part, Section, Setting } from './part.js';
import { writeReport } from './report.js';
import { WHOLE_STACKS } from './whole-stacks.js';

// npm run bench [-- --smoke] [--long] [--only w1,w4 [--write]]
// A whole run is written down; with --smoke or --only it is just shown, unless --write says otherwise.

const PARTS: readonly Part[] = [GATEWAYS, LOGINS, WHOLE_STACKS, GROWTH, MEMORY];
const NAMES = PARTS.flatMap(({ names }) => names);

const { smoke, long, only, write } = parseArgs({
  options: {
    smoke: { type: 'boolean', default: false },
    long: { type: 'boolean', default: false },
    only: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
}).values;

const wanted = only?.toLowerCase().split(',') ?? NAMES;
if (!wanted.every((name) => NAMES.includes(name))) throw new Error(`--only knows ${NAMES.join(', ')}`);
if (!existsSync(join(PROJECT_ROOT, 'bench/node_modules'))) throw new Error('first: npm ci --prefix bench');
if (!existsSync(join(PROJECT_ROOT, 'gateway/dist/main.js'))) throw new Error('first: npm run build');

const machine = describeMachine();
const folder = await mkdtemp(join(tmpdir(), 'identity-bench-'));
const setting: Setting = { folder, smoke, long, say: (line) => console.log(line) };
const sections: Section[] = [];
try {
  for (const part of PARTS) {
    const names = part.names.filter((name) => wanted.includes(name));
    if (names.length > 0)
      sections.push(...(await part.run(names, setting).catch((error: unknown) => [failedSection(names, error)])));
  }
  const target = smoke || (only !== undefined && !write) ? join(folder, 'report') : join(PROJECT_ROOT, 'bench');
  console.log(await writeReport(target, machine, sections));
} finally {
  await rm(folder, { recursive: true, force: true });
}
const failures = sections.flatMap((section) => section.failures);
for (const failure of failures) console.error(failure);
if (smoke && failures.length > 0) process.exitCode = 1;

/** What has been measured by then is not lost. */
function failedSection(names: readonly string[], error: unknown): Section {
  const [title, why] = [names.join(', '), inOneLine(error)];
  console.error(error);
  return {
    name: names.join('-'),
    text: [`## ${title}`, `failed: ${why}`],
    results: null,
    bars: [],
    failures: [`${title}: ${why}`],
  };
}
