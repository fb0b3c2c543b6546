import { stackName } from './stack-name.js';

/** What the database says about a statement. */
export type PlanRow = Readonly<Record<string, unknown>>;

/** The form in which a recorded statement can be explained: without its parameters, whose values are not recorded. */
export function explanationOf(sql: string): string {
  const bare = sql.replace(/;\s*$/, '').replace(/\$\d+|\?/g, "'?'");
  return `${stackName() === 'embedded' ? 'EXPLAIN QUERY PLAN' : 'EXPLAIN'} ${bare}`;
}

/**
 * The tables of which a plan reads more than `limit` rows without a bound in an index. A walk along an index that ends
 * with the statement's LIMIT is no such thing.
 */
export function fullScansIn(sql: string, plan: readonly PlanRow[], limit: number): readonly string[] {
  return stackName() === 'embedded' ? scansOfSqlite(sql, plan) : scansOfMariadb(plan, limit);
}

function scansOfSqlite(sql: string, plan: readonly PlanRow[]): readonly string[] {
  const steps = plan.map(({ detail }) => String(detail));
  const endsEarly = /\bLIMIT \d+\s*;?\s*$/.test(sql) && !steps.some((step) => step.startsWith('USE TEMP B-TREE'));
  return steps.filter(
    (step) => /^SCAN (?!page\d|list\d|CONSTANT|\(|sub)/.test(step) && !(endsEarly && step.includes('INDEX')),
  );
}

function scansOfMariadb(plan: readonly PlanRow[], limit: number): readonly string[] {
  return plan.flatMap(({ table, type, rows }) =>
    (type === 'ALL' || type === 'index') && Number(rows) > limit && !String(table).startsWith('<')
      ? [`${String(table)}: ${type}, ${String(rows)} rows`]
      : [],
  );
}
