import { GraphQLError } from 'graphql';
import type { IsLeafValue } from './leaf-values.js';

/** The shaping of one answer. */
export interface Shaping {
  /** Where the value belongs that is being completed; its own key is not part of it yet. */
  readonly path: (string | number)[];
  /** What of the data violates the schema. */
  readonly errors: GraphQLError[];
}

/**
 * Makes of a value that was fetched what the answer may hold in its place (GraphQL specification, section 6.4.3): the
 * value, null, or one of the marks below.
 */
export type Complete = (value: unknown, shaping: Shaping, key: string | number) => unknown;

/** Null, because of something that has been reported. */
export const FAILED = Symbol('failed');

/** Null where there must be none: whatever holds it is null as well. */
export const VOID = Symbol('void');

/** @param place - What the value is, for the log. */
export function completeNonNull(complete: Complete, place: string): Complete {
  return (value, shaping, key) => {
    const completed = complete(value, shaping, key);
    if (completed === FAILED) return VOID;
    if (completed !== null) return completed;
    report(shaping, key, `null where ${place} must not be null`);
    return VOID;
  };
}

/** One item that must not be null takes the list along, and all others are completed nevertheless. */
export function completeList(completeItem: Complete, place: string): Complete {
  return (value, shaping, key) => {
    if (value == null) return null;
    if (!Array.isArray(value)) throw new Error(`a subgraph has answered something else where ${place} is a list`);
    const { path } = shaping;
    const items: unknown[] = [];
    let isVoid = false;
    path.push(key);
    for (let index = 0; index < value.length; index += 1) {
      const item = completeItem(value[index], shaping, index);
      if (item === VOID) isVoid = true;
      items.push(item === FAILED ? null : item);
    }
    path.pop();
    return isVoid ? FAILED : items;
  };
}

/** @param place - What the value is, for the log. */
export function completeLeaf(isLeafValue: IsLeafValue, place: string): Complete {
  return (value, shaping, key) => {
    if (value == null) return null;
    if (isLeafValue(value)) return value;
    report(shaping, key, `not a value that ${place} can have`);
    return FAILED;
  };
}

/** Reports what violates the schema: a fault of a subgraph, without a code and so masked. */
export function report({ path, errors }: Shaping, key: string | number, message: string): void {
  errors.push(new GraphQLError(`a subgraph has answered ${message}`, { path: [...path, key] }));
}
