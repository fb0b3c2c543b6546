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
  /** Those that ask for entities, and of these those that have brought one. */
  readonly asking: number;
  readonly merged: number;
  /** Operations of which an answer had errors. */
  readonly withErrors: number;
  /** Operations of which the answers tell other violations of the schema by the same subgraphs. */
  readonly choices: number;
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
  let [compared, planned, compiled, joined, asking, merged, withErrors, choices] = [0, 0, 0, 0, 0, 0, 0, 0];
  for (let attempt = 0; compared < operations && attempt < operations * 4; attempt += 1) {
    const random = createRandom(seed + attempt);
    const query = queries[attempt];
    const operation = query === undefined ? randomOperation(executors.schema, random) : { query, variables: {} };
    // What happens to it is decided when it is planned, and that is once.
    if (seen.has(operation.query)) continue;
    seen.add(operation.query);
    let violations = 0;
    const result = await executors.compare(operation, (plan) => {
      const mood = moodAtRandom(plan, random);
      violations = mood.violations;
      return mood;
    });
    if (result === null) continue;
    compared += 1;
    if (result.isPlanned) planned += 1;
    if (result.compiledAgain !== null) compiled += 1;
    if (result.fetches > 1) joined += 1;
    if (result.asksForEntities) asking += 1;
    if (result.entities > 0) merged += 1;
    if (result.apollo.errors.length > 0) withErrors += 1;
    const expected = textOf(result.apollo);
    for (const actual of [result.compiled, result.compiledAgain ?? result.compiled])
      if (textOf(actual) === expected) continue;
      else if (violations > 0 && isChoice(result.apollo, actual)) choices += 1;
      else
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
  return { operations: compared, planned, compiled, joined, asking, merged, withErrors, choices, differences };
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

/**
 * Whether two answers differ in no more than in which of several violations they tell. Apollo goes through an object by one
 * set of selections after the other, and stops at the first that makes it null; a compiled plan by one field after the
 * other, as the specification has it. Both lose all data to what has not the form of the schema, if they get there.
 */
function isChoice(apollo: Outcome, compiled: Outcome): boolean {
  const [expected, actual] = [apollo, compiled].map(({ errors }) => errors.filter((error) => !isViolation(error)));
  return (
    textOf(expected) === textOf(actual) &&
    [apollo, compiled].every(({ errors }) => errors.some(isViolation)) &&
    (textOf(apollo.data) === textOf(compiled.data) || apollo.data === undefined || compiled.data === undefined)
  );
}

/** As clients see it. */
function isViolation(error: string): boolean {
  return error.includes('"INTERNAL_SERVER_ERROR"');
}

function textOf(value: unknown): string {
  return JSON.stringify(sorted(value));
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
