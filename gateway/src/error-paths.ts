import { Kind, parse, type SelectionSetNode } from 'graphql';
import { isRecord, type ResponsePath } from './subgraph-answer.js';

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
 * Finds the place in the client's answer for an error that a subgraph has reported: the path in its own answer starts
 * with `_entities` and the index of a representation, which mean nothing to the client.
 *
 * @param errorPath - The path in the subgraph's answer; null for a failure of the whole fetch, whose place is the deepest
 * field that holds everything that is missing.
 * @returns Null when the failure concerns several root fields.
 */
export function clientPathOf(fetch: Fetch, errorPath: ResponsePath | null): ResponsePath | null {
  const [head, index, ...rest] = errorPath ?? [];
  if (fetch.representations === null)
    return errorPath === null ? coveringPath(fetch) : [...concretePrefix(fetch.target), ...errorPath];
  const entity =
    head === '_entities' && typeof index === 'number' ? entityPaths(fetch, fetch.representations)?.[index] : undefined;
  return entity === undefined ? coveringPath(fetch) : [...entity, ...rest];
}

function coveringPath(fetch: Fetch): ResponsePath | null {
  const entities =
    fetch.representations === null
      ? [concretePrefix(fetch.target)]
      : (entityPaths(fetch, fetch.representations) ?? [concretePrefix(fetch.target)]);
  const fields = fetchedFields(fetch.query, fetch.representations !== null);
  const path = commonPrefix(entities.flatMap((entity) => fields.map((field) => [...entity, field])));
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
  let next = 0;
  const matches = representations.map((representation) => {
    const found = located.findIndex(({ value }, index) => index >= next && covers(value, representation));
    next = found + 1;
    return located[found]?.path;
  });
  return matches.every((path) => path !== undefined) ? matches : null;
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
