import { isRecord } from '@identity/service-kit/json';
import {
  isCompositeType,
  isListType,
  isNonNullType,
  isObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type SelectionSetNode,
} from 'graphql';
import {
  completeLeaf,
  completeList,
  completeNonNull,
  FAILED,
  report,
  VOID,
  type Complete,
  type Shaping,
} from './completion.js';
import type { CollectedField, CollectFields, TypedSelections } from './fields.js';
import { readerOf, type JsonObject } from './json-objects.js';
import { leafCheckOf } from './leaf-values.js';

/** Completes one field of an object. */
type CompleteField = (object: Readonly<JsonObject>, shaping: Shaping) => unknown;

/** Makes an answer of what was fetched; FAILED when nothing can be answered. */
export type ShapeAnswer = (data: Readonly<JsonObject>, shaping: Shaping) => unknown;

/** What the answer holds of an object of one type. */
type ObjectShape = readonly { readonly responseName: string; readonly complete: CompleteField }[];

/** What the shaping of an answer is prepared from. */
export interface ShapeOptions {
  readonly schema: GraphQLSchema;
  readonly collectFields: CollectFields;
  readonly root: TypedSelections;
  /** Told how many bytes more it takes from now on. */
  readonly onGrown: (bytes: number) => void;
}

/** Measured, of what is worked out for objects of one type. */
const BYTES_PER_FIELD = 700;
const BYTES_OF_OBJECT = 600;

/**
 * Prepares the shaping of answers: what is selected, in its order, and nothing else. What is selected on a type is worked
 * out when the first object of it arrives.
 */
export function createAnswerShape({ schema, collectFields, root, onGrown }: ShapeOptions): ShapeAnswer {
  const idsBySet = new Map<SelectionSetNode, number>();
  const known = new Map<string, Complete>();

  /** Selections that are reached on several ways share what has been worked out. */
  function objectsOf(selections: readonly TypedSelections[], place: string): Complete {
    const key = selections.map(({ set }) => idOf(set)).join();
    const complete = known.get(key) ?? completeObjects(selections, place);
    known.set(key, complete);
    return complete;
  }

  function idOf(set: SelectionSetNode): number {
    const id = idsBySet.get(set) ?? idsBySet.size;
    idsBySet.set(set, id);
    return id;
  }

  function completeObjects(selections: readonly TypedSelections[], place: string): Complete {
    const declared = (selections.find(({ on }) => isObjectType(on)) ?? selections[0] ?? root).on.name;
    const shapes = new Map<string, ObjectShape>();

    function shapeOf(typename: string): ObjectShape | null {
      if (!isCompositeType(schema.getType(typename))) return null;
      const shape = createShape(typename, selections);
      shapes.set(typename, shape);
      return shape;
    }

    return (value, shaping, key) => {
      if (value == null) return null;
      if (typeof value !== 'object') throw new Error(`a subgraph has answered a value where ${place} is an object`);
      const object = isRecord(value) ? value : {};
      const { __typename: typename = declared } = object;
      if (typeof typename !== 'string') throw new Error(`a subgraph has answered a type of ${place} that is no name`);
      const name = typename === '' ? declared : typename;
      const shape = shapes.get(name) ?? shapeOf(name);
      if (shape === null) {
        report(shaping, key, `a type that there is not for ${place}`);
        return FAILED;
      }
      shaping.path.push(key);
      const completed = fill(shape, object, shaping);
      shaping.path.pop();
      return completed;
    };
  }

  function createShape(typename: string, selections: readonly TypedSelections[]): ObjectShape {
    const fields = collectFields(typename, selections);
    onGrown(BYTES_OF_OBJECT + BYTES_PER_FIELD * fields.length);
    return fields.map((field) =>
      field.responseName === null
        ? { responseName: '', complete: () => fail(field.reason) }
        : { responseName: field.responseName, complete: completeField(field, typename) },
    );
  }

  function completeField(field: CollectedField, typename: string): CompleteField {
    const { responseName, fieldName, on, type, below } = field;
    const read = readerOf(responseName);
    if (type === null) return (object) => typeNameOf(read(object) ?? object['__typename'], typename);
    const complete = completerOf(type, below, `${on}.${fieldName}`);
    return (object, shaping) => complete(read(object), shaping, responseName);
  }

  /** Without a type that an object can have, there can be no such object. */
  function typeNameOf(told: unknown, typename: string): unknown {
    const type = schema.getType(typeof told === 'string' ? told : typename) ?? schema.getType(typename);
    return isObjectType(type) ? type.name : VOID;
  }

  function completerOf(type: GraphQLOutputType, below: readonly TypedSelections[], place: string): Complete {
    if (isNonNullType(type)) return completeNonNull(completerOf(type.ofType, below, place), place);
    if (isListType(type)) return completeList(completerOf(type.ofType, below, place), place);
    return isCompositeType(type) ? objectsOf(below, place) : completeLeaf(leafCheckOf(type), place);
  }

  let rootShape: ObjectShape | null = null;
  return (data, shaping) => {
    rootShape ??= createShape(root.on.name, [root]);
    return fill(rootShape, data, shaping);
  };
}

function fill(shape: ObjectShape, object: Readonly<JsonObject>, shaping: Shaping): unknown {
  const filled: JsonObject = {};
  for (const { responseName, complete } of shape) {
    const completed = complete(object, shaping);
    if (completed === VOID) return FAILED;
    filled[responseName] = completed === FAILED ? null : completed;
  }
  return filled;
}

function fail(reason: Error): never {
  throw reason;
}
