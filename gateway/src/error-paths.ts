import { Kind, parse, type SelectionSetNode } from 'graphql';
import { isRecord } from '@identity/service-kit/json';
import type { ResponsePath } from './subgraph-answer.js';

/** A fetch of the query plan, as far as the places of its errors depend on it. */
export interface Fetch {
  readonly query: string;
  /** Where in the client's answer the fetched fields belong; `@` stands for every item of a list. */
  readonly target: readonly string[];
  /** The entities asked about; null when the fetch starts at a root type. */
  readonly representations: readonly Readonly<Record<string, unknown>>[] | null;
  /** What the root fetches of the request have brought so far. The executor merges later answers into these objects. */
  readonly roots: readonly Readonly<Record<string, unknown>>[];
}

interface Located {
  readonly path: ResponsePath;
  readonly value: Readonly<Record<string, unknown>>;
}

/**
 * Finds the place in the client's answer for the path of an error in a subgraph's answer; null stands for a failure of
 * the whole fetch, whose place is the deepest field that holds everything that is missing. The result is null when that
 * concerns several root fields.
 */
export type FindPlace = (errorPath: ResponsePath | null) => ResponsePath | null;

/**
 * Creates the search for the places of a fetch's errors: paths in the answer to a fetch of entities start with
 * `_entities` and the index of a representation, which mean nothing to the client.
 */
export function placesOf(fetch: Fetch): FindPlace {
  const { target, representations } = fetch;
  const prefix = concretePrefix(target);
  // Only what fails pays, and pays once: thousands of entities may each have an error.
  let entities: readonly ResponsePath[] | null = null;
  let covering: ResponsePath | null | undefined;

  function coveringPlace(): ResponsePath | null {
    covering ??= coveringPath(fetch.query, entityPlaces(), representations !== null);
    return covering;
  }

  function entityPlaces(): readonly ResponsePath[] {
    entities ??= representations === null ? [prefix] : (entityPaths(fetch, representations) ?? [prefix]);
    return entities;
  }

  return (errorPath) => {
    if (errorPath === null) return coveringPlace();
    if (representations === null) return [...prefix, ...errorPath];
    const [head, index, ...rest] = errorPath;
    const entity = head === '_entities' && typeof index === 'number' ? entityPlaces()[index] : undefined;
    return entity === undefined ? coveringPlace() : [...entity, ...rest];
  };
}

function coveringPath(query: string, places: readonly ResponsePath[], ofEntities: boolean): ResponsePath | null {
  const fields = fetchedFields(query, ofEntities);
  const path = commonPrefix(places.flatMap((place) => fields.map((field) => [...place, field])));
  return path.length === 0 ? null : path;
}

/** The response names right below the root type or the entities; `__typename` never fails. */
function fetchedFields(query: string, ofEntities: boolean): readonly string[] {
  const roots = parse(query).definitions.flatMap((definition) =>
    definition.kind === Kind.OPERATION_DEFINITION ? fieldsOf(definition.selectionSet) : [],
  );
  const fields = ofEntities
    ? roots.flatMap(({ selectionSet }) => (selectionSet === undefined ? [] : fieldsOf(selectionSet)))
    : roots;
  return fields.map(({ name }) => name).filter((name) => name !== '__typename');
}

function fieldsOf({
  selections,
}: SelectionSetNode): readonly { readonly name: string; readonly selectionSet: SelectionSetNode | undefined }[] {
  return selections.flatMap((selection) => {
    if (selection.kind === Kind.FIELD)
      return [{ name: (selection.alias ?? selection.name).value, selectionSet: selection.selectionSet }];
    return selection.kind === Kind.INLINE_FRAGMENT ? fieldsOf(selection.selectionSet) : [];
  });
}

/** Where each representation comes from; null when that cannot be told. */
function entityPaths(
  { roots, target }: Fetch,
  representations: readonly Readonly<Record<string, unknown>>[],
): readonly ResponsePath[] | null {
  const root = roots.find((candidate) => target[0] !== undefined && Object.hasOwn(candidate, target[0]));
  const located = root === undefined ? [] : locate(root, target, []);
  if (located.length === representations.length) return located.map(({ path }) => path);
  // The executor asks only about those objects that have the key: the rest, of other types, has to be passed over.
  const paths: ResponsePath[] = [];
  for (const { path, value } of located) if (covers(value, representations[paths.length])) paths.push(path);
  return paths.length === representations.length ? paths : null;
}

function locate(value: unknown, target: readonly string[], path: ResponsePath): readonly Located[] {
  const [head, ...rest] = target;
  if (head === '@')
    return Array.isArray(value) ? value.flatMap((item, index) => locate(item, rest, [...path, index])) : [];
  if (!isRecord(value)) return [];
  return head === undefined ? [{ path, value }] : locate(value[head], rest, [...path, head]);
}

function covers(value: unknown, part: unknown): boolean {
  if (Array.isArray(part))
    return (
      Array.isArray(value) && value.length === part.length && part.every((item, index) => covers(value[index], item))
    );
  if (isRecord(part)) return isRecord(value) && Object.entries(part).every(([key, item]) => covers(value[key], item));
  return value === part;
}

function concretePrefix(target: readonly string[]): readonly string[] {
  const list = target.indexOf('@');
  return list === -1 ? target : target.slice(0, list);
}

function commonPrefix(paths: readonly ResponsePath[]): ResponsePath {
  const [first = [], ...others] = paths;
  const end = first.findIndex((segment, index) => others.some((other) => other[index] !== segment));
  return end === -1 ? first : first.slice(0, end);
}
