import { isRecord } from '@identity/service-kit/json';
import {
  getNamedType,
  isListType,
  isNonNullType,
  isObjectType,
  type FieldNode,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type SelectionSetNode,
} from 'graphql';
import type { ResponsePath } from '../subgraph-answer.js';
import type { SelectedField, SelectFields } from './selected-fields.js';

/** What the places of denied fields depend on; all of one request. */
export interface DenialOptions {
  readonly schema: GraphQLSchema;
  readonly selectFields: SelectFields;
  readonly isDenied: (node: FieldNode) => boolean;
}

/** What is selected at the top of an operation. */
export interface Root {
  readonly type: GraphQLObjectType;
  readonly selectionSets: readonly SelectionSetNode[];
}

/**
 * Finds a denied field of which it is certain, before any subgraph has answered, that it makes the whole answer null:
 * neither it nor anything above it can be null. Null when there is none.
 */
export function findVoidingField(root: Root, options: DenialOptions): ResponsePath | null {
  const { selectFields, isDenied } = options;
  for (const { responseName, nodes, type, selectionSets } of selectFields(root.type, root.selectionSets)) {
    if (!isNonNullType(type)) continue;
    if (nodes.some(isDenied)) return [responseName];
    const below = isObjectType(type.ofType) ? findVoidingField({ type: type.ofType, selectionSets }, options) : null;
    if (below !== null) return [responseName, ...below];
  }
  return null;
}

/** What completing an answer needs to know besides. */
export interface CompletionOptions extends DenialOptions {
  /** The name under which every object of the answer tells its type. */
  readonly typeKey: string;
  /** Told of every place where a denied field would be. */
  readonly onDenial: (path: ResponsePath) => void;
}

/**
 * Puts null where denied fields would be, in the order in which the client has asked, and lets it take along what must
 * not hold a null (GraphQL specification, section 6.4.4).
 */
export function completeAnswer(
  data: Readonly<Record<string, unknown>>,
  root: Root,
  { schema, selectFields, isDenied, typeKey, onDenial }: CompletionOptions,
): Record<string, unknown> | null {
  return completeObject(root, data, []);

  function completeObject(
    { type, selectionSets }: Root,
    object: Readonly<Record<string, unknown>>,
    path: ResponsePath,
  ): Record<string, unknown> | null {
    const entries: [string, unknown][] = [];
    for (const field of selectFields(type, selectionSets)) {
      const value = completeField(field, object, path);
      if (value === null && isNonNullType(field.type)) return null;
      entries.push([field.responseName, value]);
    }
    return Object.fromEntries(entries);
  }

  function completeField(
    { responseName, nodes, type, selectionSets }: SelectedField,
    object: Readonly<Record<string, unknown>>,
    path: ResponsePath,
  ): unknown {
    if (nodes.some(isDenied)) {
      onDenial([...path, responseName]);
      return null;
    }
    const value = Object.hasOwn(object, responseName) ? (object[responseName] ?? null) : null;
    return type === null || selectionSets.length === 0
      ? value
      : completeValue(type, selectionSets, value, [...path, responseName]);
  }

  function completeValue(
    type: GraphQLOutputType,
    selectionSets: readonly SelectionSetNode[],
    value: unknown,
    path: ResponsePath,
  ): unknown {
    const nullable = isNonNullType(type) ? type.ofType : type;
    if (Array.isArray(value) && isListType(nullable)) {
      const itemType = nullable.ofType;
      const items = value.map((item: unknown, index) => completeValue(itemType, selectionSets, item, [...path, index]));
      return isNonNullType(itemType) && items.includes(null) ? null : items;
    }
    return isRecord(value) ? completeObject({ type: typeOf(nullable, value), selectionSets }, value, path) : null;
  }

  function typeOf(declared: GraphQLOutputType, object: Readonly<Record<string, unknown>>): GraphQLObjectType {
    const named = getNamedType(declared);
    const type = isObjectType(named) ? named : schema.getType(String(object[typeKey]));
    if (!isObjectType(type)) throw new Error(`the answer does not tell which ${named.name} an object is`);
    return type;
  }
}
