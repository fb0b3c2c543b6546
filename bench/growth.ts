import { startMariaDb } from '../tests/harness/mariadb-server.js';
import { median } from './figures.js';
import { GROWTH_OPERATIONS, type GrowthOperation } from './growth/operations.js';
import { sectionOf, type Cost, type GrowthFigure } from './growth/section.js';
import { startSite, type Database, type Site } from './growth/site.js';
import type { Part, Setting } from './part.js';

const DATABASES: readonly Database[] = ['SQLite', 'MariaDB'];
const FULL = { sizes: [1_000, 100_000, 1_000_000], warmUps: 15, tries: 60 } as const;
/** Both have a second page. */
const SMOKE = { sizes: [110, 1_100], warmUps: 1, tries: 3 } as const;

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
      return sectionOf(DATABASES, figures);
    } finally {
      await mariaDb.stop();
    }
  },
};

async function growthOf(database: Database, { smoke, say }: Setting): Promise<readonly GrowthFigure[]> {
  const { sizes, warmUps, tries } = smoke ? SMOKE : FULL;
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
