import {
  getNamedType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isRequiredInputField,
  type GraphQLInputType,
} from 'graphql';
import { natural, NUMBER_CANARY, type Canary } from './canaries.js';

/** A value of an argument, as JSON. An object with nothing but `raw` is text to be written into a document as it is. */
export type Value = string | number | boolean | null | readonly Value[] | ValueObject;
interface ValueObject {
  readonly [key: string]: Value;
}

const NOT_TEXT: ReadonlySet<string> = new Set(['Int', 'Float', 'Boolean']);
const MAX_INPUT_DEPTH = 3;

/** Scalars that are objects, and keys of theirs. */
const KEYS_WITHIN: ReadonlyMap<string, readonly string[]> = new Map([
  ['JSONObject', ['a']],
  ['_Any', ['id', '__typename', 'more']],
]);

/** The way into an argument: `['password']` within `input`. */
export type Slot = readonly string[];

let counter = 0;

/** A value that the type accepts and that a use case may accept; another one each time. */
export function plausible(type: GraphQLInputType, ids: readonly string[]): Value {
  counter += 1;
  if (isNonNullType(type)) return plausible(type.ofType, ids);
  if (isListType(type)) return [plausible(type.ofType, ids)];
  if (isInputObjectType(type))
    return Object.fromEntries(
      Object.values(type.getFields())
        .filter((field) => isRequiredInputField(field) || isText(field.type))
        .map((field) => [field.name, plausible(field.type, ids)]),
    );
  if (isEnumType(type)) return { raw: type.getValues()[0]?.name ?? '' };
  switch (type.name) {
    case 'ID':
      return ids[counter % ids.length] ?? '';
    case 'Int':
    case 'Float':
      return 1;
    case 'Boolean':
      return false;
    case 'JSONObject':
      return { a: 1 };
    case '_Any':
      return { __typename: 'User', id: ids[0] ?? '' };
    case 'EmailAddress':
      return `plausible-${String(counter)}@example.com`;
    case 'URL':
      return 'https://example.com/picture.png';
    case 'Locale':
      return 'en';
    case 'TimeZone':
      return 'UTC';
    default:
      return `plausible-text-${String(counter)}`;
  }
}

function isText(type: GraphQLInputType): boolean {
  return ['String', 'EmailAddress', 'URL'].includes(getNamedType(type).name);
}

/** Every place for a text within a value of a type. */
export function textSlotsOf(type: GraphQLInputType, slot: Slot = []): readonly Slot[] {
  const named = getNamedType(type);
  if (!isInputObjectType(named)) {
    const within = (KEYS_WITHIN.get(named.name) ?? []).map((key) => [...slot, key]);
    return NOT_TEXT.has(named.name) || isEnumType(named) ? [] : [slot, ...within];
  }
  if (slot.length > MAX_INPUT_DEPTH) return [];
  return Object.values(named.getFields()).flatMap((field) => textSlotsOf(field.type, [...slot, field.name]));
}

/** The same value with something else in one place. */
export function withValueAt(value: Value, [head, ...rest]: Slot, replacement: Value): Value {
  if (head === undefined) return replacement;
  if (isList(value)) return value.map((item) => withValueAt(item, [head, ...rest], replacement));
  const fields = isObject(value) ? value : {};
  return { ...fields, [head]: withValueAt(fields[head] ?? {}, rest, replacement) };
}

/** Values of the right kind for text, in forms that reach different branches of the code. */
export function textForms(canary: Canary): readonly Value[] {
  const lowerCase = canary.value.toLowerCase();
  return [
    natural(canary),
    canary.value.repeat(150),
    `${canary.value}\u0000`,
    `${canary.value}\ud800`,
    `${lowerCase}@example.com`,
    `${canary.value} ${canary.value}@@`,
    `https://${lowerCase}.example/${canary.value}`,
    `javascript:${canary.value}`,
    `user_${lowerCase.padEnd(26, '0').slice(0, 26)}`,
    Buffer.from(`session_${lowerCase.padEnd(26, '0').slice(0, 26)}`).toString('base64url'),
  ];
}

/** Values of a kind that hardly any type takes. */
export function wrongForms({ value }: Canary): readonly Value[] {
  return [
    value,
    [value],
    [[{ [value]: value }]],
    { [value]: value },
    { value, a: { [value]: [value] } },
    NUMBER_CANARY,
    Number(`${String(NUMBER_CANARY)}.5`),
    { raw: value },
    { raw: `$${value}` },
  ];
}

/** Puts a value in the place of every leaf. */
export function withEveryLeaf(type: GraphQLInputType, leaf: Value): Value {
  if (isNonNullType(type)) return withEveryLeaf(type.ofType, leaf);
  if (!isInputObjectType(type)) return leaf;
  return Object.fromEntries(
    Object.values(type.getFields()).map((field) => [field.name, withEveryLeaf(field.type, leaf)]),
  );
}

/** As it is written into a document. */
export function printValue(value: Value): string {
  if (isRaw(value)) return value.raw;
  if (isList(value)) return `[${value.map(printValue).join(', ')}]`;
  if (isObject(value))
    return `{ ${Object.entries(value)
      .map(([key, item]) => `${key}: ${printValue(item)}`)
      .join(', ')} }`;
  return JSON.stringify(value);
}

/** As it is sent in a variable. */
export function toJson(value: Value): unknown {
  if (isRaw(value)) return value.raw;
  if (isList(value)) return value.map(toJson);
  if (isObject(value)) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toJson(item)]));
  return value;
}

function isRaw(value: Value): value is { readonly raw: string } {
  return isObject(value) && 'raw' in value && typeof value['raw'] === 'string' && Object.keys(value).length === 1;
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

function isObject(value: Value): value is ValueObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
