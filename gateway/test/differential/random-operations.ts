import { isRecord } from '@identity/service-kit/json';
import {
  getNamedType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
  isUnionType,
  type GraphQLArgument,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLSchema,
} from 'graphql';
import type { Random } from './random.js';

/** An operation as a client sends it. */
export interface RandomOperation {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Names that mean something to objects of JavaScript. */
const ODD_NAMES = ['constructor', 'toString', 'hasOwnProperty', 'valueOf'];
const CONDITIONS = new Map([
  ['yes', 'Boolean! = true'],
  ['no', 'Boolean = false'],
  ['given', 'Boolean!'],
]);

/** Makes up an operation on a schema. It need not be valid: fields may collide. */
export function randomOperation(schema: GraphQLSchema, random: Random): RandomOperation {
  const variables: Record<string, unknown> = {};
  const definitions: string[] = [];
  const fragments = new Map<string, string>();
  let names = 0;
  let budget = 40;
  const conditions = new Set<string>();

  const mutation = schema.getMutationType();
  const isMutation = mutation != null && random.chance(0.15);
  const root = isMutation ? mutation : schema.getQueryType();
  if (root == null) throw new Error('the schema has no queries');
  const selections = selectionsOn(root, 2 + random.below(4));
  if (conditions.size > 0) {
    definitions.push(...[...conditions].map((name) => `$${name}: ${CONDITIONS.get(name) ?? ''}`));
    if (conditions.has('given')) variables['given'] = random.chance(0.5);
    if (conditions.has('yes') && random.chance(0.3)) variables['yes'] = random.chance(0.5);
    // Refused before the operation is executed, but not by what is compared.
    if (conditions.has('no') && random.chance(0.05)) variables['no'] = null;
  }
  const head = definitions.length === 0 ? '' : `(${definitions.join(', ')})`;
  const operation = `${isMutation ? 'mutation' : 'query'} Random${head} ${selections}`;
  return { query: [operation, ...fragments.values()].join('\n'), variables };

  function selectionsOn(type: GraphQLCompositeType, depth: number): string {
    const count = 1 + random.below(4);
    const parts = Array.from({ length: count }, () => selectionOn(type, depth)).filter((part) => part !== '');
    // Apollo's executor loses what fragments select on an object that does not tell its type.
    if (type !== root && parts.some((part) => part.startsWith('...'))) parts.push('__typename');
    return `{ ${parts.length === 0 ? '__typename' : parts.join(' ')} }`;
  }

  function selectionOn(type: GraphQLCompositeType, depth: number): string {
    budget -= 1;
    const fragmentChance = isAbstractType(type) ? 0.5 : 0.1;
    if (depth > 0 && budget > 0 && random.chance(fragmentChance)) return fragmentOn(type, depth);
    if (isUnionType(type) || random.chance(0.1))
      return `${random.chance(0.3) ? 'kind: ' : ''}__typename${directives()}`;
    const fields = Object.values(type.getFields()).filter(
      (field) => (depth > 0 && budget > 0) || !isCompositeType(getNamedType(field.type)),
    );
    const field = random.oneOf(fields);
    return field === undefined ? '' : fieldOn(field, depth);
  }

  function fieldOn(field: GraphQLField<unknown, unknown>, depth: number): string {
    const named = getNamedType(field.type);
    const values = argumentsOf(field.args);
    const alias = aliasOf(values !== '');
    const below = isCompositeType(named) ? ` ${selectionsOn(named, depth - 1)}` : '';
    return `${alias}${field.name}${values}${directives()}${below}`;
  }

  /** With arguments a name of its own, because others of the same name would collide. */
  function aliasOf(isUnique: boolean): string {
    if (isUnique) return `a${String((names += 1))}: `;
    if (random.chance(0.04)) return `${random.oneOf(ODD_NAMES) ?? ''}: `;
    return random.chance(0.2) ? `${random.oneOf(['x', 'y', `a${String((names += 1))}`]) ?? ''}: ` : '';
  }

  function fragmentOn(type: GraphQLCompositeType, depth: number): string {
    if (random.chance(0.15)) return `... ${directives()}${selectionsOn(type, depth - 1)}`;
    const condition = random.oneOf(conditionsOn(type));
    if (condition === undefined) return '';
    if (!random.chance(0.3)) return `... on ${condition.name}${directives()} ${selectionsOn(condition, depth - 1)}`;
    const name = `On${condition.name}`;
    if (!fragments.has(name)) {
      // Present before its own selections are made up, so that it is not spread in itself.
      fragments.set(name, '');
      fragments.set(name, `fragment ${name} on ${condition.name} ${selectionsOn(condition, 1)}`);
    }
    return `...${name}${directives()}`;
  }

  function conditionsOn(type: GraphQLCompositeType): readonly GraphQLCompositeType[] {
    const possible = new Set(isAbstractType(type) ? schema.getPossibleTypes(type) : [type]);
    return Object.values(schema.getTypeMap()).filter((candidate): candidate is GraphQLCompositeType => {
      if (candidate.name.startsWith('__')) return false;
      if (isObjectType(candidate)) return possible.has(candidate);
      return isAbstractType(candidate) && schema.getPossibleTypes(candidate).some((object) => possible.has(object));
    });
  }

  function directives(): string {
    if (!random.chance(0.08)) return '';
    const kind = random.oneOf(['skip', 'include']) ?? 'skip';
    if (random.chance(0.2)) return ` @${kind}(if: ${String(random.chance(0.5))})`;
    const condition = random.oneOf([...CONDITIONS.keys()]) ?? '';
    conditions.add(condition);
    return ` @${kind}(if: $${condition})`;
  }

  function argumentsOf(args: readonly GraphQLArgument[]): string {
    const parts = args
      .filter((argument) => isRequiredArgument(argument) || random.chance(0.4))
      .map(({ name, type }) => `${name}: ${random.chance(0.5) ? variableOf(type) : literalOf(type)}`);
    return parts.length === 0 ? '' : `(${parts.join(', ')})`;
  }

  function variableOf(type: GraphQLInputType): string {
    const name = `v${String((names += 1))}`;
    definitions.push(`$${name}: ${String(type)}`);
    if (isNonNullType(type) || random.chance(0.8)) variables[name] = inputValue(type);
    return `$${name}`;
  }

  function literalOf(type: GraphQLInputType): string {
    return literal(inputValue(type), type);
  }

  function literal(value: unknown, type: GraphQLInputType): string {
    if (isNonNullType(type)) return literal(value, type.ofType);
    if (isListType(type) && Array.isArray(value))
      return `[${value.map((item) => literal(item, type.ofType)).join(' ')}]`;
    if (isEnumType(type)) return String(value);
    if (!isInputObjectType(type) || !isRecord(value)) return JSON.stringify(value);
    const fields = Object.values(type.getFields()).filter(({ name }) => value[name] !== undefined);
    return `{ ${fields.map((field) => `${field.name}: ${literal(value[field.name], field.type)}`).join(' ')} }`;
  }

  function inputValue(type: GraphQLInputType): unknown {
    if (isNonNullType(type)) return presentInput(type.ofType);
    return random.chance(0.1) ? null : presentInput(type);
  }

  function presentInput(type: GraphQLInputType): unknown {
    if (isNonNullType(type)) return inputValue(type);
    if (isListType(type)) return Array.from({ length: random.below(3) }, () => inputValue(type.ofType));
    if (isEnumType(type)) return random.oneOf(type.getValues())?.name;
    if (isInputObjectType(type))
      return Object.fromEntries(
        Object.values(type.getFields())
          .filter((field) => isRequiredInputField(field) || random.chance(0.4))
          .map((field) => [field.name, inputValue(field.type)]),
      );
    if (type.name === 'Boolean') return random.chance(0.5);
    if (type.name === 'Int') return random.below(50);
    if (type.name === 'Float') return 0.5;
    return `text ${String(random.below(5))}`;
  }
}
