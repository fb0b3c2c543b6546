import { isRecord } from '@identity/service-kit/json';

/** A JSON object that may be changed. */
export type JsonObject = Record<string, unknown>;

/** The one key whose assignment would not create a member. */
export const UNASSIGNABLE_KEY = '__proto__';

/** Reads a member of a JSON object; undefined when it has none of the name. */
export type ReadMember = (object: Readonly<JsonObject>) => unknown;

/** Creates the reading of one member. What objects inherit, such as `constructor`, is no member. */
export function readerOf(name: string): ReadMember {
  return name in Object.prototype
    ? (object) => (Object.hasOwn(object, name) ? object[name] : undefined)
    : (object) => object[name];
}

/**
 * Merges an answer into what is there already: objects member by member, lists of the same length item by item. A list
 * stays where another answer has an object, as no schema allows both; otherwise the later one wins.
 */
export function mergeInto(target: JsonObject, source: Readonly<JsonObject>): void {
  for (const key in source) {
    const added = source[key];
    if (added === undefined || key === UNASSIGNABLE_KEY) continue;
    const present = Object.hasOwn(target, key) ? target[key] : undefined;
    if (isRecord(present) && isRecord(added)) mergeInto(present, added);
    else if (Array.isArray(present) && Array.isArray(added) && present.length === added.length)
      mergeItems(present, added);
    else if (!Array.isArray(present) || !isRecord(added)) target[key] = added;
  }
}

function mergeItems(target: unknown[], source: readonly unknown[]): void {
  source.forEach((added, index) => {
    const present = target[index];
    if (isRecord(present) && isRecord(added)) mergeInto(present, added);
    else target[index] = added;
  });
}
