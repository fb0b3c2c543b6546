import fc from 'fast-check';
import {
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isRequiredInputField,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLScalarType,
} from 'graphql';
import type { Value } from '../harness/canary-values.js';

/** Stands for something of whoever sends the operation, and is replaced when it is sent. */
export const OWN = { id: '@own-id@', session: '@own-session@', access: '@own-access@', refresh: '@own-refresh@' };

/** What exists, and may be asked for by anybody. */
export interface KnownThings {
  readonly ids: readonly string[];
  readonly usernames: readonly string[];
}

/** Texts that mean something to SQL, JavaScript, templates, file systems, headers, or to nobody. */
const HOSTILE_TEXTS = [
  '',
  ' ',
  "' OR '1'='1",
  `"; DROP TABLE accounts; --`,
  '%',
  '\\_%',
  '\u0000',
  '\ud800',
  '\u202e\u0301',
  'ſ\u212a@example.com',
  '../../../../etc/passwd',
  '${process.exit(1)}',
  '{{7*7}}',
  '__proto__',
  'constructor',
  '\r\nset-cookie: a=b',
  '<script>alert(1)</script>',
  '🙂'.repeat(300),
  'x'.repeat(5_000),
];

const UNKNOWN_IDS = [
  'user_01h455vb4pex5vsknk084sn02q',
  'session_01h455vb4pex5vsknk084sn02q',
  'audit_01h455vb4pex5vsknk084sn02q',
  'user_',
  'user_zzzzzzzzzzzzzzzzzzzzzzzzzz',
  '1',
];

const INTEGERS = [-1, 0, 1, 2, 20, 100, 101, 2_147_483_647, -2_147_483_648];

/** Fits no type of this API, or only by chance. */
const wrong: fc.Arbitrary<Value> = fc.oneof(
  fc.constant(null),
  fc.constantFrom<Value>(2_147_483_648, 1e300, 1.5, true, [], {}, [[[]]], { raw: 'NOBODY' }, { raw: '$undefined' }),
  fc.constantFrom(...HOSTILE_TEXTS),
  fc.array(fc.integer(), { minLength: 201, maxLength: 201, size: 'max' }),
  fc.dictionary(name(), fc.oneof(fc.string(), fc.integer()), { maxKeys: 2 }),
);

function name(): fc.Arbitrary<string> {
  return fc.stringMatching(/^[a-z]{1,8}$/);
}

/** Values for an argument or a variable of a type: most of them fit it. */
export function valuesOf(type: GraphQLInputType, known: KnownThings): fc.Arbitrary<Value> {
  return fc.oneof({ weight: 30, arbitrary: fittingValues(type, known) }, { weight: 1, arbitrary: wrong });
}

function fittingValues(type: GraphQLInputType, known: KnownThings): fc.Arbitrary<Value> {
  if (isNonNullType(type)) return fittingValues(type.ofType, known);
  if (isListType(type)) {
    const item = valuesOf(type.ofType, known);
    return fc.oneof({ weight: 8, arbitrary: fc.array(item, { maxLength: 3 }) }, { weight: 1, arbitrary: item });
  }
  if (isInputObjectType(type)) return objectsOf(type, known);
  if (isEnumType(type)) return fc.constantFrom(...type.getValues().map((value) => ({ raw: value.name })));
  return scalarsOf(type, known);
}

function objectsOf(type: GraphQLInputObjectType, known: KnownThings): fc.Arbitrary<Value> {
  const fields = Object.values(type.getFields());
  return fc.record(Object.fromEntries(fields.map((field) => [field.name, valuesOf(field.type, known)])), {
    requiredKeys: fields.filter(isRequiredInputField).map((field) => field.name),
    noNullPrototype: true,
  });
}

function scalarsOf({ name: typeName }: GraphQLScalarType, { ids, usernames }: KnownThings): fc.Arbitrary<Value> {
  switch (typeName) {
    case 'ID':
      return fc.constantFrom(...ids, OWN.id, OWN.session, ...UNKNOWN_IDS);
    case 'Int':
      return fc.constantFrom(...INTEGERS);
    case 'Boolean':
      return fc.boolean();
    case 'JSONObject':
      return fc.dictionary(fc.oneof(name(), fc.constantFrom('__proto__', 'toString')), fc.constantFrom(1, 'a', null), {
        maxKeys: 4,
        noNullPrototype: true,
      });
    case 'EmailAddress':
      return fc.oneof(
        name().map((text) => `${text}@example.com`),
        texts(usernames),
      );
    case 'URL':
      return fc.constantFrom('https://example.com/a.png', 'javascript:alert(1)', 'http://127.0.0.1:4001/', 'x');
    case 'Locale':
      return fc.constantFrom('en', 'de-CH', 'x', '../..');
    case 'TimeZone':
      return fc.constantFrom('UTC', 'Europe/Zurich', 'Mars/Olympus');
    default:
      return texts(usernames);
  }
}

function texts(usernames: readonly string[]): fc.Arbitrary<string> {
  return fc.oneof(
    fc.constantFrom(...usernames, OWN.access, OWN.refresh, OWN.id, 'quiet-harbour-lantern-7'),
    fc.constantFrom(...HOSTILE_TEXTS),
    fc.string({ unit: 'binary', maxLength: 40 }),
    name(),
  );
}
