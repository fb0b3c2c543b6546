import fc from 'fast-check';
import {
  getNamedType,
  isAbstractType,
  isCompositeType,
  isRequiredArgument,
  OperationTypeNode,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLSchema,
} from 'graphql';
import type { Value } from '../harness/canary-values.js';
import { valuesOf, type KnownThings } from './values.js';

/** Something that is selected; `written` fragments stand where they are, the others are defined apart. */
export type Selection =
  | {
      readonly kind: 'field';
      readonly name: string;
      readonly alias: string | null;
      readonly directive: string;
      readonly given: readonly Given[];
      readonly below: readonly Selection[] | null;
    }
  | {
      readonly kind: 'fragment';
      readonly on: string;
      readonly written: boolean;
      readonly directive: string;
      readonly below: readonly Selection[];
    };

/** An argument with its value. */
export interface Given {
  readonly name: string;
  /** As the schema writes it. */
  readonly type: string;
  readonly value: Value;
  readonly as: 'literal' | 'variable' | 'default';
}

/** A change of the finished text: what is left out, and what is put in its place. */
export interface Damage {
  readonly at: number;
  readonly length: number;
  readonly insert: string;
}

/** An operation before it is written down. */
export interface FuzzedOperation {
  readonly kind: OperationTypeNode;
  readonly selections: readonly Selection[];
  readonly damage: Damage | null;
}

/** Stands for an alias that nothing else has. */
export const UNIQUE = '@unique@';

const MAX_DEPTH = 5;

const directives = fc.oneof(
  { weight: 200, arbitrary: fc.constant('') },
  { weight: 10, arbitrary: fc.constantFrom(' @include(if: true)', ' @skip(if: true)') },
  { weight: 1, arbitrary: fc.constantFrom(' @skip(if: "no")', ' @unknown') },
);

/** With arguments a field needs a name of its own, because others of its name have different ones. */
const aliasesFor = ({ args }: GraphQLField<unknown, unknown>): fc.Arbitrary<string | null> =>
  fc.oneof(
    { weight: 30, arbitrary: fc.constant(args.length === 0 ? null : UNIQUE) },
    { weight: 1, arbitrary: fc.constantFrom(null, 'a', 'b', 'id', '__typename', 'me') },
  );

const damages = fc.oneof(
  { weight: 12, arbitrary: fc.constant(null) },
  {
    weight: 1,
    arbitrary: fc.record({
      at: fc.nat({ max: 300 }),
      length: fc.nat({ max: 4 }),
      insert: fc.constantFrom(
        '',
        '}',
        '{',
        '(',
        '"',
        '$',
        '@',
        '...',
        'x',
        '__schema{types{name}}',
        '\u0000',
        '🙂',
        '#',
      ),
    }),
  },
);

/** Creates operations of a schema, most of which fit it. */
export function operationsOf(schema: GraphQLSchema, known: KnownThings): fc.Arbitrary<FuzzedOperation> {
  const selectionsByPlace = new Map<string, fc.Arbitrary<readonly Selection[]>>();

  /** Each type at each depth once, because types lead to each other in many ways. */
  function selectionsOn(type: GraphQLCompositeType, depth: number): fc.Arbitrary<readonly Selection[]> {
    const place = `${type.name} ${String(depth)}`;
    const selections = selectionsByPlace.get(place) ?? makeSelections(type, depth);
    selectionsByPlace.set(place, selections);
    return selections;
  }

  function makeSelections(type: GraphQLCompositeType, depth: number): fc.Arbitrary<readonly Selection[]> {
    const fields = 'getFields' in type ? Object.values(type.getFields()) : [];
    const possible = fields.filter((field) => depth > 0 || !isCompositeType(getNamedType(field.type)));
    const conditions = isAbstractType(type) ? schema.getPossibleTypes(type) : [type];
    const choices = [
      { weight: 1, arbitrary: fc.constant(typename) },
      ...possible.map((field) => ({ weight: 4, arbitrary: fieldOf(field, depth) })),
      ...(depth === 0
        ? []
        : conditions.map((on) => ({ weight: isAbstractType(type) ? 4 : 1, arbitrary: fragmentOn(on, depth) }))),
    ];
    return fc.array(fc.oneof(...choices), { minLength: 1, maxLength: type === schema.getMutationType() ? 2 : 4 });
  }

  function fieldOf(field: GraphQLField<unknown, unknown>, depth: number): fc.Arbitrary<Selection> {
    const type = getNamedType(field.type);
    return fc.record({
      kind: fc.constant('field' as const),
      name: fc.constant(field.name),
      alias: aliasesFor(field),
      directive: directives,
      given: argumentsOf(field),
      below: isCompositeType(type) ? selectionsOn(type, depth - 1) : fc.constant(null),
    });
  }

  function fragmentOn(type: GraphQLCompositeType, depth: number): fc.Arbitrary<Selection> {
    return fc.record({
      kind: fc.constant('fragment' as const),
      on: fc.constant(type.name),
      written: fc.boolean(),
      directive: directives,
      below: selectionsOn(type, depth - 1),
    });
  }

  function argumentsOf({ args }: GraphQLField<unknown, unknown>): fc.Arbitrary<readonly Given[]> {
    return fc
      .tuple(
        ...args.map((argument) =>
          fc.record({
            name: fc.constant(argument.name),
            type: fc.constant(String(argument.type)),
            value: valuesOf(argument.type, known),
            as: fc.constantFrom<Given['as'][]>('literal', 'variable', 'variable', 'variable', 'default'),
            leftOut: fc.nat({ max: 60 }).map((number) => number > (isRequiredArgument(argument) ? 59 : 30)),
          }),
        ),
      )
      .map((given) => given.filter(({ leftOut }) => !leftOut));
  }

  const kinds = [OperationTypeNode.QUERY, OperationTypeNode.QUERY, OperationTypeNode.MUTATION];
  return fc.oneof(
    ...kinds.flatMap((kind) => {
      const root = schema.getRootType(kind);
      if (root == null) return [];
      return [fc.record({ kind: fc.constant(kind), selections: selectionsOn(root, MAX_DEPTH), damage: damages })];
    }),
  );
}

const typename: Selection = {
  kind: 'field',
  name: '__typename',
  alias: null,
  directive: '',
  given: [],
  below: null,
};
