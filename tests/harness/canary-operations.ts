import {
  getNamedType,
  isAbstractType,
  isCompositeType,
  isLeafType,
  isObjectType,
  isRequiredArgument,
  OperationTypeNode,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';
import { canaries, natural, type Canary } from './canaries.js';
import {
  plausible,
  printValue,
  textSlotsOf,
  textForms,
  toJson,
  withEveryLeaf,
  withValueAt,
  wrongForms,
  type Value,
} from './canary-values.js';
import { isLong } from './length.js';

/** One operation that holds a canary somewhere. */
export interface CanaryOperation {
  /** Which field it is about, as `Type.field`; the type alone when it is about a name in it. */
  readonly about: string;
  readonly query: string;
  readonly variables?: unknown;
  readonly operationName?: string;
}

type Field = GraphQLField<unknown, unknown>;

/** A type that operations can reach, and the way there. */
interface Reachable {
  readonly type: GraphQLObjectType;
  readonly kind: OperationTypeNode;
  /** Writes a selection of the type into an operation. */
  readonly wrap: (selection: string) => string;
}

let counter = 0;
let turn = 0;

/** The next canary in turn. */
function nextCanary(): Canary {
  counter += 1;
  const [first] = canaries;
  const canary = canaries[counter % canaries.length] ?? first;
  if (canary === undefined) throw new Error('there are no canaries');
  return canary;
}

/**
 * Writes operations with canaries wherever an operation of the schema can have them: in every argument and every field
 * of its input, of the right type and of wrong ones, as literal, as variable and as default; in the place of every name.
 *
 * @param ids - Of things that exist.
 */
export function* canaryOperations(schema: GraphQLSchema, ids: readonly string[]): Generator<CanaryOperation> {
  for (const place of reachableTypes(schema)) {
    yield* inNames(place);
    for (const field of Object.values(place.type.getFields())) {
      for (const argument of field.args) yield* inArgument(place, field, argument, ids);
    }
  }
}

/** By breadth, so that ways are short; through fields that can be asked for without arguments. */
function reachableTypes(schema: GraphQLSchema): readonly Reachable[] {
  const found: Reachable[] = [];
  for (const kind of [OperationTypeNode.QUERY, OperationTypeNode.MUTATION]) {
    const root = schema.getRootType(kind);
    if (root != null) found.push({ type: root, kind, wrap: (selection) => `{ ${selection} }` });
  }
  for (const from of found) {
    const into = (type: GraphQLNamedType, wrap: Reachable['wrap']): void => {
      const known = found.some((place) => place.type === type) || type.name.startsWith('__');
      if (isObjectType(type) && !known) found.push({ type, kind: from.kind, wrap });
      if (isAbstractType(type))
        for (const possible of schema.getPossibleTypes(type))
          into(possible, (selection) => wrap(`... on ${possible.name} { ${selection} }`));
    };
    for (const field of Object.values(from.type.getFields())) {
      if (!field.args.some(isRequiredArgument))
        into(getNamedType(field.type), (selection) => from.wrap(`${field.name} { ${selection} }`));
    }
  }
  return found;
}

function* inArgument(
  place: Reachable,
  field: Field,
  argument: GraphQLArgument,
  ids: readonly string[],
): Generator<CanaryOperation> {
  const about = `${place.type.name}.${field.name}`;
  const others = field.args
    .filter((other) => other !== argument && isRequiredArgument(other))
    .map((other) => `${other.name}: ${printValue(plausible(other.type, ids))}`);
  const selection = everythingOf(field);
  const operation = (head: string, value: string): string => {
    const call = `${field.name}(${[`${argument.name}: ${value}`, ...others].join(', ')})${selection}`;
    return `${place.kind} ${head} ${place.wrap(call)}`;
  };
  const whole = String(argument.type);
  const asVariable = (value: Value): CanaryOperation => ({
    about,
    query: operation(`($v: ${whole})`, '$v'),
    variables: { v: toJson(value) },
  });
  const asLiteral = (value: Value): CanaryOperation => ({ about, query: operation('', printValue(value)) });

  for (const slot of textSlotsOf(argument.type)) {
    const filled = (value: Value): Value => withValueAt(plausible(argument.type, ids), slot, value);
    for (const canary of canaries) yield asVariable(filled(natural(canary)));
    turn += 1;
    const forms = textForms(nextCanary()).filter((_form, index) => isLong || index === 0 || index % 3 === turn % 3);
    for (const form of forms) yield asVariable(filled(form));
    yield asLiteral(filled(natural(nextCanary())));
  }
  for (const form of wrongForms(nextCanary())) {
    const value = withEveryLeaf(argument.type, form);
    const written = [
      asVariable(value),
      asLiteral(value),
      { about, query: operation(`($v: ${whole} = ${printValue(value)})`, '$v') },
      { about, query: operation(`($v: ${nextCanary().value})`, '$v'), variables: { v: toJson(value) } },
    ];
    // There are nine forms, so that each argument has each form written in another way than the one before.
    turn += 1;
    yield* isLong ? written : written.slice(turn % written.length).slice(0, 1);
  }
  const { value: name } = nextCanary();
  yield { about, query: operation(`($${name}: ${whole})`, `$${name}`), variables: { [name]: { [name]: name } } };
  yield { about, query: operation(`($${name}: ${whole})`, `$${name}`) };
  yield { about, query: operation('', `$${name}`), variables: { [name]: name } };
}

/** What can be asked below a field without arguments, two levels deep: an echo anywhere should show. */
function everythingOf(field: Field): string {
  const selection = leavesOf(getNamedType(field.type), 2);
  return selection === '' ? '' : ` { ${selection} }`;
}

function leavesOf(type: GraphQLNamedType, depth: number): string {
  if (!isCompositeType(type)) return '';
  if (!('getFields' in type) || depth === 0) return '__typename';
  const fields = Object.values(type.getFields()).filter((field) => !field.args.some(isRequiredArgument));
  const leaves = fields.filter((field) => isLeafType(getNamedType(field.type))).map(({ name }) => name);
  const deeper = fields
    .filter((field) => !isLeafType(getNamedType(field.type)))
    .map((field) => `${field.name} { ${leavesOf(getNamedType(field.type), depth - 1)} }`);
  return ['__typename', ...leaves, ...deeper].join(' ');
}

/** Names that a client makes up, or mistypes, around a type. */
function* inNames({ type, kind, wrap }: Reachable): Generator<CanaryOperation> {
  const about = type.name;
  const c = nextCanary().value;
  const operation = (selection: string, head = ''): CanaryOperation => ({
    about,
    query: `${kind} ${head} ${wrap(selection)}`,
  });
  yield operation(c);
  yield operation(`${c} { ${c} }`);
  yield operation(`${c}: __typename`);
  yield operation(`__typename { ${c} }`);
  yield operation(`__typename(${c}: "${c}")`);
  yield operation(`__typename @${c}(${c}: "${c}")`);
  yield operation(`__typename @include(if: "${c}")`);
  yield operation(`__typename @include(if: $${c})`);
  yield operation(`... ${c}`);
  yield operation(`... on ${c} { __typename }`);
  yield operation(`${c}: __typename ${c}: __schema { __typename }`);
  yield operation('__typename', c);
  yield operation('__typename', `${c} @${c}(${c}: "${c}")`);
  yield operation('__typename', `${c}($${c}: ${c})`);
  yield operation('__typename', `($${c}: String = "${c}")`);
  yield { ...operation('__typename', c), operationName: nextCanary().value };
  yield { ...operation('__typename', c), operationName: c, variables: { [c]: c } };
  yield { about, query: `${kind} ${c} ${wrap(`...${c}`)} fragment ${c} on ${type.name} { ${c}: __typename }` };
  yield { about, query: `${kind} ${c} ${wrap(`...${c}`)} fragment ${c} on ${type.name} { ...${c} }` };
  yield { about, query: `${kind} ${c} ${wrap('__typename')} fragment ${c} on ${c} { __typename }` };
  for (const field of Object.values(type.getFields())) {
    const sub = isLeafType(getNamedType(field.type)) ? '' : ' { __typename }';
    yield operation(`${c}: ${field.name}(${c}: "${c}")${sub}`);
    yield operation(`${field.name}${sub === '' ? ` { ${c} }` : ''} ${c}: ${field.name} @skip(if: "${c}")${sub}`);
  }
}
