import { isRecord } from '@identity/service-kit/json';
import type { GraphQLSchema } from 'graphql';
import { mergeInto, readerOf, type JsonObject } from './json-objects.js';
import type { RequiredSelection } from './apollo-types.js';
import { matchingTypes } from './type-conditions.js';

/** Takes from an object what a subgraph knows it by; null when something is missing. */
export type Represent = (object: Readonly<JsonObject>) => JsonObject | null;

type RequiredFragment = Extract<RequiredSelection, { readonly kind: 'InlineFragment' }>;

/** Adds to a representation; false when the object lacks something. */
type AddTo = (representation: JsonObject, object: Readonly<JsonObject>) => boolean;

/** Prepares the building of representations from what a plan requires. */
export function compileRepresentation(selections: readonly RequiredSelection[], supergraph: GraphQLSchema): Represent {
  const [only] = selections;
  // What most plans require; there is nothing to merge it with.
  if (selections.length === 1 && only?.kind === 'InlineFragment') {
    const represent = representFragment(only, supergraph);
    return (object) => represent(object) ?? {};
  }
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

function addFragment(fragment: RequiredFragment, supergraph: GraphQLSchema): AddTo {
  const represent = representFragment(fragment, supergraph);
  return (representation, object) => {
    const part = represent(object);
    if (part !== null) mergeInto(representation, part);
    return true;
  };
}

/** An object that lacks something of a fragment has nothing of it. */
function representFragment({ typeCondition, selections }: RequiredFragment, supergraph: GraphQLSchema): Represent {
  if (typeCondition === undefined) return () => null;
  const types = matchingTypes(supergraph, typeCondition);
  const represent = compileRepresentation(selections, supergraph);
  return (object) => {
    const typename = object['__typename'];
    return typeof typename === 'string' && types.has(typename) ? represent(object) : null;
  };
}
