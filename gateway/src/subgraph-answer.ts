import { isRecord } from '@identity/service-kit/json';

/** Where in an answer something stands: response names, and indices of lists. */
export type ResponsePath = readonly (string | number)[];

/** An error as a subgraph has reported it; not yet fit for clients. */
export interface SubgraphError {
  readonly message: string;
  /** Where in the subgraph's own answer; null when it did not say. */
  readonly path: ResponsePath | null;
  /** Where in the operation that the subgraph was sent. */
  readonly location: { readonly line: number; readonly column: number } | null;
  readonly extensions: Readonly<Record<string, unknown>>;
}

/** An answer of the form that GraphQL prescribes. */
export interface SubgraphAnswer {
  readonly data: Record<string, unknown> | null;
  readonly errors: readonly SubgraphError[];
}

/**
 * Checks that a body is a GraphQL answer (GraphQL specification, section 7.1).
 *
 * @param representationCount - How many entities were asked for; null when the operation asked for none.
 * @throws Error when it is something else, or not an answer to what was asked.
 */
export function readAnswer(body: unknown, representationCount: number | null): SubgraphAnswer {
  if (!isRecord(body)) throw new Error('the answer is not a JSON object');
  const data = body['data'] ?? null;
  const errors = body['errors'] ?? [];
  if (!Array.isArray(errors) || !errors.every(isRecord)) throw new Error('the answer has no usable errors');
  if (data === null && errors.length === 0) throw new Error('the answer has neither data nor errors');
  if (data !== null && !isRecord(data)) throw new Error('the answer has no usable data');
  if (data !== null && representationCount !== null) checkEntities(data, representationCount);
  return { data, errors: errors.map(errorOf) };
}

function checkEntities(data: Readonly<Record<string, unknown>>, count: number): void {
  const entities = data['_entities'];
  if (!Array.isArray(entities) || entities.length !== count)
    throw new Error('the answer does not hold the entities asked for');
}

function errorOf({ message, path, locations, extensions }: Readonly<Record<string, unknown>>): SubgraphError {
  return {
    message: typeof message === 'string' ? message : '',
    path: Array.isArray(path) && path.every(isPathSegment) ? path : null,
    location: locationOf(Array.isArray(locations) ? locations[0] : null),
    extensions: isRecord(extensions) ? extensions : {},
  };
}

function locationOf(value: unknown): SubgraphError['location'] {
  if (!isRecord(value)) return null;
  const { line, column } = value;
  return typeof line === 'number' && typeof column === 'number' ? { line, column } : null;
}

function isPathSegment(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}
