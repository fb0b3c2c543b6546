import type { ResponsePath, SubgraphAnswer } from './subgraph-answer.js';

/** An entity as a subgraph is asked about it. */
export type Representation = Readonly<Record<string, unknown>>;

/** The entities that one call to a subgraph asks for; null when the fetch asks for none. */
export type Batch = readonly Representation[] | null;

/** What has become of a fetch as a whole. */
export interface JoinedAnswer extends SubgraphAnswer {
  /** Why a call has failed; null when all were answered. */
  readonly failure: Error | null;
}

const NOTHING: SubgraphAnswer = { data: null, errors: [] };

/** Splits a fetch so that no call asks for more entities than a subgraph takes at once. */
export function batchesOf(representations: Batch, max: number): readonly Batch[] {
  if (representations === null || representations.length <= max) return [representations];
  const count = Math.ceil(representations.length / max);
  return Array.from({ length: count }, (_, index) => representations.slice(index * max, (index + 1) * max));
}

/** Puts what has become of the parts of a fetch together, as if there had been one. Entities of a failed call are null. */
export function joinAnswers(batches: readonly Batch[], outcomes: readonly (SubgraphAnswer | Error)[]): JoinedAnswer {
  const failure = outcomes.find((outcome) => outcome instanceof Error) ?? null;
  const answers = outcomes.map((outcome) => (outcome instanceof Error ? NOTHING : outcome));
  const [first = NOTHING] = answers;
  if (batches.length === 1) return { data: first.data, errors: first.errors, failure };
  // All are as long as the first, but for the last one.
  const length = batches[0]?.length ?? 0;
  const entities = batches.flatMap((batch, index) => entitiesOf(answers[index]?.data, batch?.length ?? 0));
  return {
    data: answers.every(({ data }) => data === null) ? null : { _entities: entities },
    errors: answers.flatMap(({ errors }, index) =>
      errors.map((error) => ({ ...error, path: pathInFetch(error.path, index * length) })),
    ),
    failure,
  };
}

function entitiesOf(data: SubgraphAnswer['data'] | undefined, count: number): readonly unknown[] {
  const entities = data?.['_entities'];
  return Array.isArray(entities) ? entities : Array.from({ length: count }, () => null);
}

/** The index in the path of an error counts from the beginning of its own call. */
function pathInFetch(path: ResponsePath | null, begin: number): ResponsePath | null {
  const [head, index, ...rest] = path ?? [];
  if (head !== '_entities' || typeof index !== 'number') return path;
  return [head, begin + index, ...rest];
}
