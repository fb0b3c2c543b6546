import { isRecord } from '@identity/service-kit/json';
import { loadBothExecutors, type Outcome } from './both-executors.js';
import type { Mood } from './fake-data.js';
import { createRandom, type Random } from './random.js';
import { randomOperation } from './random-operations.js';
import type { TestSubgraph } from './supergraphs.js';

/** What the comparison of many operations has brought. */
export interface Report {
  /** Valid ones. */
  readonly operations: number;
  /** Those that Apollo has planned: with some it gives up, and with variables that are not accepted it does not begin. */
  readonly planned: number;
  readonly compiled: number;
  /** Those that take several calls to subgraphs. */
  readonly joined: number;
  /** Operations of which an answer had errors. */
  readonly withErrors: number;
  /** Where the answers are not equal, as text to look at. */
  readonly differences: readonly string[];
}

export interface ComparisonOptions {
  readonly supergraphSdl: string;
  readonly subgraphs: readonly TestSubgraph[];
  readonly operations: number;
  readonly seed: number;
  /** To begin with: operations that chance is not likely to bring. */
  readonly queries?: readonly string[];
}

/** Executes operations made up at random by Apollo and from compiled plans. */
export async function compareAtRandom({
  supergraphSdl,
  subgraphs,
  operations,
  seed,
  queries = [],
}: ComparisonOptions): Promise<Report> {
  const executors = await loadBothExecutors(supergraphSdl, subgraphs);
  const differences: string[] = [];
  const seen = new Set<string>();
  let [compared, planned, compiled, joined, withErrors] = [0, 0, 0, 0, 0];
  for (let attempt = 0; compared < operations && attempt < operations * 4; attempt += 1) {
    const random = createRandom(seed + attempt);
    const query = queries[attempt];
    const operation = query === undefined ? randomOperation(executors.schema, random) : { query, variables: {} };
    // What happens to it is decided when it is planned, and that is once.
    if (seen.has(operation.query)) continue;
    seen.add(operation.query);
    const result = await executors.compare(operation, (plan) => moodAtRandom(plan, random));
    if (result === null) continue;
    compared += 1;
    if (result.isPlanned) planned += 1;
    if (result.compiledAgain !== null) compiled += 1;
    if (result.fetches > 1) joined += 1;
    if (result.apollo.errors.length > 0) withErrors += 1;
    const expected = textOf(result.apollo);
    for (const actual of [result.compiled, result.compiledAgain ?? result.compiled])
      if (textOf(actual) !== expected)
        differences.push(
          [
            `seed ${String(seed + attempt)}`,
            operation.query,
            JSON.stringify(operation.variables),
            expected,
            textOf(actual),
          ].join('\n'),
        );
  }
  return { operations: compared, planned, compiled, joined, withErrors, differences };
}

function moodAtRandom(plan: string, random: Random): Mood {
  const seed = String(random.below(1e6));
  // Apollo's executor does not rename what is falsy, and so loses it.
  const falsy = !plan.includes('"KeyRenamer"');
  const serene = { seed, falsy, nulls: 0.02, errors: 0, violations: 0, failures: 0 };
  const moods: readonly Mood[] = [
    serene,
    serene,
    { ...serene, nulls: 0.3 },
    { ...serene, errors: 0.15 },
    { ...serene, nulls: 0.1, errors: 0.05, failures: 0.3 },
    { ...serene, violations: 0.1 },
    { ...serene, nulls: 0.1, errors: 0.1, violations: 0.03, failures: 0.05 },
  ];
  return random.oneOf(moods) ?? serene;
}

function textOf(outcome: Outcome): string {
  return JSON.stringify(sorted(outcome));
}

/** Apollo's executor does not always answer in the order of the operation. */
export function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key])]),
  );
}
