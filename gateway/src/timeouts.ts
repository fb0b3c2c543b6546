import { integer } from '@identity/service-kit/environment';

/** How long answers of subgraphs are waited for, in milliseconds. */
export interface Timeouts {
  /** How long one query at a subgraph may take from connecting to the last byte; 100 to 60,000. */
  readonly subgraphTimeoutMs: number;
  /** The same for a mutation, whose password may have to wait until it is hashed; at least as long as a query. */
  readonly subgraphMutationTimeoutMs: number;
  /** How long a request may take from when it has been read until the last call for it ends; at least as long as any. */
  readonly requestTimeoutMs: number;
}

interface TimeoutVariables {
  readonly SUBGRAPH_TIMEOUT_MS: number;
  readonly SUBGRAPH_MUTATION_TIMEOUT_MS?: number | undefined;
  readonly REQUEST_TIMEOUT_MS?: number | undefined;
}

/** Less than a request has, so that a subgraph is found silent by a query that has waited for keys first. */
const DEFAULT_QUERY_MS = 1_600;

/** All that a request has: passwords wait and are hashed, and the news that a session has ended takes its time. */
const DEFAULT_MUTATION_MS = 1_800;

/** Clients are to have their answer within two seconds, however many subgraphs are silent one after the other. */
const DEFAULT_REQUEST_MS = 1_800;

/** The variables by which they are set. */
export const timeoutVariables = {
  SUBGRAPH_TIMEOUT_MS: integer({ min: 100, max: 60_000 }).default(DEFAULT_QUERY_MS),
  SUBGRAPH_MUTATION_TIMEOUT_MS: integer({ min: 100, max: 60_000 }).optional(),
  REQUEST_TIMEOUT_MS: integer({ min: 100, max: 120_000 }).optional(),
};

/** What is not set is at least as long as what it must not be shorter than. */
export function timeoutsOf(variables: TimeoutVariables): Timeouts {
  const query = variables.SUBGRAPH_TIMEOUT_MS;
  const mutation = variables.SUBGRAPH_MUTATION_TIMEOUT_MS ?? Math.max(DEFAULT_MUTATION_MS, query);
  const request = variables.REQUEST_TIMEOUT_MS ?? Math.max(DEFAULT_REQUEST_MS, mutation);
  return { subgraphTimeoutMs: query, subgraphMutationTimeoutMs: mutation, requestTimeoutMs: request };
}

/**
 * Tells what is too short: a request with less time than a call may take would hide a subgraph's silence from whoever
 * watches for it.
 *
 * @param present - Variables as they are set.
 */
export function timeoutProblems(present: Readonly<Record<string, string | undefined>>): readonly string[] {
  const given = (variable: string): number | undefined =>
    present[variable] === undefined ? undefined : Number(present[variable]);
  const { subgraphTimeoutMs, subgraphMutationTimeoutMs, requestTimeoutMs } = timeoutsOf({
    SUBGRAPH_TIMEOUT_MS: given('SUBGRAPH_TIMEOUT_MS') ?? DEFAULT_QUERY_MS,
    SUBGRAPH_MUTATION_TIMEOUT_MS: given('SUBGRAPH_MUTATION_TIMEOUT_MS'),
    REQUEST_TIMEOUT_MS: given('REQUEST_TIMEOUT_MS'),
  });
  return [
    ...(subgraphMutationTimeoutMs < subgraphTimeoutMs
      ? ['SUBGRAPH_MUTATION_TIMEOUT_MS: must not be less than SUBGRAPH_TIMEOUT_MS']
      : []),
    ...(requestTimeoutMs < subgraphMutationTimeoutMs
      ? ['REQUEST_TIMEOUT_MS: must not be less than SUBGRAPH_MUTATION_TIMEOUT_MS']
      : []),
  ];
}
