import { startMariaDb } from '../tests/harness/mariadb-server.js';
import { median } from './figures.js';
import { GROWTH_OPERATIONS, type GrowthOperation } from './growth/operations.js';
import { startSite, type Database, type Site } from './growth/site.js';
import type { Part, Section, Setting } from './part.js';
import { table } from './tables.js';

const DATABASES: readonly Database[] = ['SQLite', 'MariaDB'];
const FULL = { sizes: [1_000, 100_000], warmUps: 15, tries: 60 } as const;
const LONG = { ...FULL, sizes: [1_000, 100_000, 1_000_000] } as const;
const SMOKE = { sizes: [120], warmUps: 1, tries: 2 } as const;

/** What an operation takes on databases of one size. */
interface Cost {
  readonly size: number;
  readonly medianMs: number;
  /** Statements of SQL, apart from those that delimit transactions. */
  readonly medianStatements: number;
}

interface GrowthFigure {
  readonly database: Database;
  readonly operation: string;
  /** By growing size. */
  readonly costs: readonly Cost[];
}

/** What operations take on databases of different sizes. */
export const GROWTH: Part = {
  name: 'growth',
  title: 'Growth',
  names: ['growth'],

  async run(_wanted, setting) {
    const mariaDb = await startMariaDb();
    process.env['TEST_MARIADB_URL'] = mariaDb.adminUrl;
    Reflect.set(globalThis, 'STACK', 'distributed');
    try {
      const figures: GrowthFigure[] = [];
      for (const database of DATABASES) figures.push(...(await growthOf(database, setting)));
      return sectionOf(figures);
    } finally {
      await mariaDb.stop();
    }
  },
};

async function growthOf(database: Database, { smoke, long, say }: Setting): Promise<readonly GrowthFigure[]> {
  const { sizes, warmUps, tries } = smoke ? SMOKE : long ? LONG : FULL;
  const sites: Site[] = [];
  try {
    for (const size of sizes) {
      const began = performance.now();
      sites.push(await startSite(database, size));
      say(`${database}: ${size} people after ${((performance.now() - began) / 1_000).toFixed(0)} s`);
    }
    const figures: GrowthFigure[] = [];
    for (const operation of GROWTH_OPERATIONS) {
      const costs = await costsOf(operation, sites, warmUps, tries);
      figures.push({ database, operation: operation.name, costs });
      say(`${database}, ${operation.name}: ${JSON.stringify(costs)}`);
    }
    return figures;
  } finally {
    for (const site of sites) await site.close();
  }
}

interface Seen {
  readonly site: Site;
  readonly ms: number[];
  readonly statements: number[];
}

/** Tries an operation on all sites by turns. */
async function costsOf(
  { prepare }: GrowthOperation,
  sites: readonly Site[],
  warmUps: number,
  tries: number,
): Promise<readonly Cost[]> {
  const seen = sites.map((site): Seen => ({ site, ms: [], statements: [] }));
  for (let number = 0; number < warmUps + tries; number += 1) {
    for (const { site, ms, statements } of seen) {
      const work = await prepare(site, number);
      let took = NaN;
      const sent = await site.statements.during(async () => {
        const from = performance.now();
        await work();
        took = performance.now() - from;
      });
      if (number < warmUps) continue;
      ms.push(took);
      statements.push(sent.length);
    }
  }
  return seen.map(({ site: { size }, ms, statements }) => ({
    size,
    medianMs: median(ms),
    medianStatements: median(statements),
  }));
}

function sectionOf(figures: readonly GrowthFigure[]): Section {
  return {
    text: [METHOD, ...DATABASES.flatMap((database) => [`### ${database}`, tableOf(database, figures)])],
    results: { figures },
    bars: [],
    failures: [],
  };
}

function tableOf(database: Database, figures: readonly GrowthFigure[]): string {
  const rows = figures.filter((figure) => figure.database === database);
  const sizes = rows[0]?.costs.map(({ size }) => size.toLocaleString('en')) ?? [];
  return table(
    [
      'operation',
      ...sizes.map((size) => `ms at ${size} people`),
      'times the first',
      ...sizes.map((size) => `statements at ${size}`),
    ],
    rows.map(({ operation, costs }) => [
      operation,
      ...costs.map(({ medianMs }) => medianMs.toFixed(2)),
      ((costs.at(-1)?.medianMs ?? NaN) / (costs[0]?.medianMs ?? NaN)).toFixed(2),
      ...costs.map(({ medianStatements }) => medianStatements.toFixed(0)),
    ]),
  );
}

const METHOD = `Databases of different sizes by \`npm run seed\`, each operation on all of them by turns, one at a time: medians of what the
client waits, and of the statements that the operation sends to both databases, apart from those that delimit transactions.
The services run in the process of the client, where their statements can be counted. Passwords are hashed at cost 4, so
that it is the databases that are seen, and people are spread over all that there are.`;
