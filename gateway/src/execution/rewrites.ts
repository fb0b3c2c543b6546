import type { GraphQLSchema } from 'graphql';
import { isRecord } from '@identity/service-kit/json';
import { readerOf, type JsonObject } from './json-objects.js';
import type { Rewrite } from './apollo-types.js';
import { matchingTypes } from './type-conditions.js';

/** Changes what is sent or received in its place. */
export type ApplyRewrites = (value: unknown) => void;

const FRAGMENT = '... on ';

/** Prepares the rewrites of a fetch; null when there are none. */
export function compileRewrites(rewrites: readonly Rewrite[] | undefined, schema: GraphQLSchema): ApplyRewrites | null {
  const all = (rewrites ?? []).map((rewrite) => compileRewrite(rewrite, schema));
  if (all.length === 0) return null;
  return (value) => {
    for (const apply of all) apply(value);
  };
}

function compileRewrite(rewrite: Rewrite, schema: GraphQLSchema): ApplyRewrites {
  const path = [...rewrite.path];
  const last = path.pop();
  if (last === undefined) return () => undefined;
  return path.reduceRight<ApplyRewrites>(
    (below, segment) => descend(segment, below, schema),
    onObjects(changeOf(rewrite, last)),
  );
}

function changeOf(rewrite: Rewrite, name: string): (object: JsonObject) => void {
  if (rewrite.kind === 'ValueSetter') {
    const value: unknown = rewrite.setValueTo;
    return (object) => {
      object[name] = value;
    };
  }
  const { renameKeyTo } = rewrite;
  const read = readerOf(name);
  return (object) => {
    const value = read(object);
    if (value == null) return;
    object[renameKeyTo] = value;
    object[name] = undefined;
  };
}

function descend(segment: string, below: ApplyRewrites, schema: GraphQLSchema): ApplyRewrites {
  if (!segment.startsWith(FRAGMENT)) {
    const read = readerOf(segment);
    return onObjects((object) => {
      below(read(object));
    });
  }
  const types = matchingTypes(schema, segment.slice(FRAGMENT.length));
  return onObjects((object) => {
    const typename = object['__typename'];
    if (typeof typename !== 'string' || typename === '' || types.has(typename)) below(object);
  });
}

function onObjects(act: (object: JsonObject) => void): ApplyRewrites {
  return function apply(value) {
    if (Array.isArray(value)) value.forEach(apply);
    else if (isRecord(value)) act(value);
  };
}
