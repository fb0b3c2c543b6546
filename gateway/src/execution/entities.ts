import { isRecord } from '@identity/service-kit/json';
import { readerOf, type JsonObject } from './json-objects.js';

/** Finds the objects that a path leads to, in the order of the answer. */
export type FindEntities = (data: JsonObject) => readonly JsonObject[];

/** Visits what a path leads to. */
type Visit = (value: unknown, found: JsonObject[]) => void;

/** In the path of a plan: every item of a list. */
const EVERY_ITEM = '@';

/** Prepares the search along the path of a plan. It throws where data has a list too many or one too few. */
export function compileEntityPath(path: readonly string[]): FindEntities {
  const visit = path.reduceRight<Visit>((below, segment) => {
    return segment === EVERY_ITEM ? visitItems(below) : visitMember(segment, below);
  }, add);
  return (data) => {
    const found: JsonObject[] = [];
    visit(data, found);
    return found;
  };
}

function add(value: unknown, found: JsonObject[]): void {
  if (isRecord(value)) found.push(value);
  else if (Array.isArray(value)) found.push(...value.filter(isRecord));
}

function visitItems(below: Visit): Visit {
  return (value, found) => {
    if (value == null) return;
    if (!Array.isArray(value)) throw new Error('a subgraph has answered something else where a list belongs');
    for (const item of value) below(item, found);
  };
}

function visitMember(name: string, below: Visit): Visit {
  const read = readerOf(name);
  return (value, found) => {
    if (Array.isArray(value)) throw new Error(`a subgraph has answered a list around "${name}"`);
    if (isRecord(value)) below(read(value), found);
  };
}
