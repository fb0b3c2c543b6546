import { isRecord } from '@identity/service-kit/json';
import type { GraphQLSchema } from 'graphql';
import { mergeInto, readerOf, type JsonObject } from './json-objects.js';
import type { RequiredSelection } from './apollo-types.js';
import { matchingTypes } from './type-conditions.js';

/** Takes from an object what a subgraph knows it by; null when something is missing. */
export type Represent = (object: Readonly<JsonObject>) => JsonObject | null;

/** Adds to a representation; false when the object lacks something. */
type AddTo = (representation: JsonObject, object: Readonly<JsonObject>) => boolean;

/** Prepares the building of representations from what a plan requires. */
export function compileRepresentation(selections: readonly RequiredSelection[], supergraph: GraphQLSchema): Represent {
  const parts = selections.map((selection) =>
    selection.kind === 'Field' ? addField(selection, supergraph) : addFragment(selection, supergraph),
  );
  return (object) => {
    const representation: JsonObject = {};
    for (const add of parts) if (!add(representation, object)) return null;
    return representation;
  };
}

function addField(
  { alias, name, selections }: Extract<RequiredSelection, { readonly kind: 'Field' }>,
  supergraph: GraphQLSchema,
): AddTo {
  const responseName = alias ?? name;
  const read = readerOf(responseName);
  const nested = selections === undefined ? null : compileRepresentation(selections, supergraph);
  const represent = (value: unknown): unknown => (nested === null ? value : isRecord(value) ? nested(value) : null);
  return (representation, object) => {
    const value = read(object);
    if (value === undefined) return false;
    representation[responseName] = Array.isArray(value) ? value.map(represent) : represent(value);
    return true;
  };
}

/** An object that lacks something of a fragment has nothing of it. */
function addFragment(
  { typeCondition, selections }: Extract<RequiredSelection, { readonly kind: 'InlineFragment' }>,
  supergraph: GraphQLSchema,
): AddTo {
  if (typeCondition === undefined) return () => true;
  const types = matchingTypes(supergraph, typeCondition);
  const represent = compileRepresentation(selections, supergraph);
  return (representation, object) => {
    const typename = object['__typename'];
    const part = typeof typename === 'string' && types.has(typename) ? represent(object) : null;
    if (part !== null) mergeInto(representation, part);
    return true;
  };
}
