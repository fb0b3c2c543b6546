import {
  GraphQLError,
  isAbstractType,
  isEnumType,
  isListType,
  isNonNullType,
  isObjectType,
  type GraphQLFieldResolver,
  type GraphQLOutputType,
  type GraphQLScalarType,
  type GraphQLSchema,
} from 'graphql';
import { randomOf, type Random } from './random.js';

/** What is likely to happen to an answer. */
export interface Mood {
  /** Everything that happens depends on it. */
  readonly seed: string;
  readonly nulls: number;
  readonly errors: number;
  /** Values that the schema does not allow. */
  readonly violations: number;
  /** Calls that are not answered. */
  readonly failures: number;
  /** Whether there are `false`, `0` and empty strings. */
  readonly falsy: boolean;
}

/** An object of a fake subgraph: it is told by its type and a number, and so the same in all of them. */
export interface FakeObject {
  readonly type: string;
  readonly number: number;
  /** What the gateway has sent of it. */
  readonly given: Readonly<Record<string, unknown>>;
}

const CODES = [
  'FORBIDDEN',
  'UNAUTHENTICATED',
  'BAD_USER_INPUT',
  'RATE_LIMITED',
  'SERVICE_UNAVAILABLE',
  'ODD',
  undefined,
];

/** Creates the resolver of all fields of a fake subgraph. */
export function createFakeResolver(mood: Mood, concreteTypes: ConcreteTypes): GraphQLFieldResolver<unknown, unknown> {
  return (parent, values, _context, { fieldName, parentType, returnType, schema }) => {
    const { type, number, given } = isFakeObject(parent) ? parent : { type: parentType.name, number: 0, given: {} };
    const random = randomOf(`${mood.seed} ${type} ${String(number)} ${fieldName} ${JSON.stringify(values)}`);
    if (random.chance(mood.errors)) throw fakeError(random);
    const value = given[fieldName];
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
    return fakeValue(returnType);

    function fakeValue(declared: GraphQLOutputType): unknown {
      if (isNonNullType(declared)) return random.chance(mood.nulls / 8) ? null : present(declared.ofType);
      return random.chance(mood.nulls) ? null : present(declared);
    }

    function present(declared: GraphQLOutputType): unknown {
      if (isNonNullType(declared)) return fakeValue(declared);
      if (isListType(declared)) return Array.from({ length: random.below(4) }, () => fakeValue(declared.ofType));
      if (isObjectType(declared) || isAbstractType(declared))
        return { type: pickType(schema, declared.name, random), number: random.below(6), given: {} };
      if (isEnumType(declared)) return random.oneOf(declared.getValues())?.value;
      return fakeScalar(declared, random, `${concreteTypes(type, number)}.${String(number)}.${fieldName}`);
    }
  };

  function fakeScalar({ name }: GraphQLScalarType, random: Random, text: string): unknown {
    const falsy = mood.falsy && random.chance(0.2);
    if (name === 'Boolean') return !falsy;
    if (name === 'Int') return falsy ? 0 : Number(text.split('.')[1] ?? 0) + 1;
    if (name === 'Float') return falsy ? 0 : 1.5;
    if (name === 'ID') return text;
    if (name === 'String') return falsy ? '' : text;
    return random.oneOf([text, 7, { nested: [text] }, [text]]);
  }
}

/** The type that an object of an interface object has where the interface is known. */
export type ConcreteTypes = (type: string, number: number) => string;

/** An entity, by what the gateway has sent of it. */
export function fakeEntity(
  schema: GraphQLSchema,
  representation: Readonly<Record<string, unknown>>,
  mood: Mood,
): FakeObject | null {
  const random = randomOf(`${mood.seed} ${JSON.stringify(representation)}`);
  if (random.chance(mood.errors)) throw fakeError(random);
  if (random.chance(mood.nulls)) return null;
  const [told, number] = identityIn(representation);
  const typename = String(representation['__typename']);
  const type = isObjectType(schema.getType(typename)) ? typename : told;
  return {
    type: isObjectType(schema.getType(type)) ? type : pickType(schema, typename, random),
    number,
    given: representation,
  };
}

export function isFakeObject(value: unknown): value is FakeObject {
  return typeof value === 'object' && value !== null && 'type' in value && 'number' in value && 'given' in value;
}

function fakeError(random: Random): GraphQLError {
  const code = random.oneOf(CODES);
  return new GraphQLError('a fake failure', { extensions: code === undefined ? {} : { code } });
}

function pickType(schema: GraphQLSchema, name: string, random: Random): string {
  const type = schema.getType(name);
  if (!isAbstractType(type)) return name;
  const names = schema.getPossibleTypes(type).map((possible) => possible.name);
  return random.oneOf(names.sort()) ?? name;
}

/** Texts tell the object that they belong to; of other keys the number is all there is. */
function identityIn(value: unknown): readonly [string, number] {
  const texts = /(\w+)\.(\d+)\.\w+/.exec(JSON.stringify(value));
  if (texts !== null) return [texts[1] ?? '', Number(texts[2])];
  return ['', Number(/:(\d+)/.exec(JSON.stringify(value))?.[1] ?? 1) - 1];
}
