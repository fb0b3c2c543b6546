import type { Bar, BarGroup } from '../chart.js';
import type { Section } from '../part.js';
import { table } from '../tables.js';
import type { Database } from './site.js';

/** What an operation takes on databases of one size. */
export interface Cost {
  readonly size: number;
  readonly medianMs: number;
  /** Statements of SQL, apart from those that delimit transactions. */
  readonly medianStatements: number;
}

/** What an operation takes on one kind of database. */
export interface GrowthFigure {
  readonly database: Database;
  readonly operation: string;
  /** By growing size. */
  readonly costs: readonly Cost[];
}

/** The section of all figures; an operation that needs more statements where there are more people has failed. */
export function sectionOf(databases: readonly Database[], figures: readonly GrowthFigure[]): Section {
  const byDatabase = databases.map((database) => ({
    database,
    rows: figures.filter((figure) => figure.database === database),
  }));
  return {
    text: [METHOD, ...byDatabase.flatMap(({ database, rows }) => [`### ${database}`, tableOf(rows)])],
    results: { figures },
    bars: byDatabase.map(({ database, rows }) => barsOf(database, rows)),
    failures: figures.flatMap(failuresOf),
  };
}

function tableOf(rows: readonly GrowthFigure[]): string {
  const sizes = rows[0]?.costs.map(({ size }) => size.toLocaleString('en')) ?? [];
  return table(
    ['operation', ...sizes.map((size) => `ms at ${size} people`), 'times the first', 'statements'],
    rows.map(({ operation, costs }) => [
      operation,
      ...costs.map(({ medianMs }) => medianMs.toFixed(2)),
      ((costs.at(-1)?.medianMs ?? NaN) / (costs[0]?.medianMs ?? NaN)).toFixed(2),
      statementsOf(costs).join(', then '),
    ]),
  );
}

function barsOf(database: Database, rows: readonly GrowthFigure[]): BarGroup {
  const bars = rows.flatMap(({ operation, costs }) =>
    costs.map(({ size, medianMs }): Bar => {
      const people = size.toLocaleString('en', { notation: 'compact' });
      return { label: `${operation.replaceAll('`', '')}, ${people}`, value: medianMs, ours: true };
    }),
  );
  return { title: `Growth on ${database}: time per operation, by the number of people`, unit: 'ms', bars };
}

function failuresOf({ database, operation, costs }: GrowthFigure): readonly string[] {
  const counts = statementsOf(costs);
  return counts.length === 1 ? [] : [`${database}, ${operation}: ${counts.join(', then ')} statements`];
}

/** How many statements an operation sends: one number, where it does not depend on how many people there are. */
const statementsOf = (costs: readonly Cost[]): readonly number[] => [
  ...new Set(costs.map(({ medianStatements }) => medianStatements)),
];

const METHOD = `Databases of different sizes by \`npm run seed\`, each operation on all of them by turns, one at a time: medians of what the
client waits, and of the statements that the operation sends to both databases, apart from those that delimit transactions.
The run fails where more people cost more statements. The services run in the process of the client, where their statements
can be counted. Passwords are hashed at cost 4, so that it is the databases that are seen, and people are spread over all that
there are.`;
