import {
  coerceInputValue,
  getNamedType,
  isInputObjectType,
  isInputType,
  isListType,
  isNonNullType,
  isRequiredInputField,
  typeFromAST,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { isRecord, type ResponsePath } from '../subgraph-answer.js';

/** Something that is wrong with the input of an operation, told without the value. */
export interface InputProblem {
  /** The variable or argument, and the way from there: `input.tags[2]`. */
  readonly field: string;
  readonly problem: string;
}

/** The variable by which a query plan passes entities to a subgraph; the executor fails on another of this name. */
const RESERVED_NAME = 'representations';

/** More of them help nobody, and a list of thousands is easily sent. */
const MAX_PROBLEMS = 20;

/**
 * Checks the variables of an operation as graphql-js does before it executes (GraphQL specification, section 6.1.2),
 * whose own messages quote the values.
 *
 * @param showTypes - Whether the problems may name types of the schema.
 */
export function variableProblems(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
  showTypes: boolean,
): readonly InputProblem[] {
  const problems = new Map<string, string>();
  for (const { variable, type: typeNode, defaultValue } of operation.variableDefinitions ?? []) {
    const name = variable.name.value;
    const type = typeFromAST(schema, typeNode);
    if (name === RESERVED_NAME) problems.set(name, 'is a reserved name; call the variable something else');
    if (!isInputType(type)) continue;
    if (Object.hasOwn(variables, name)) {
      coerceInputValue(variables[name], type, (path, value) => {
        for (const { field, problem } of problemsAt(type, path, value, showTypes)) {
          if (problems.size < MAX_PROBLEMS) problems.set(`${name}${field}`, problem);
        }
      });
    } else if (isNonNullType(type) && defaultValue === undefined) problems.set(name, 'is required');
  }
  return [...problems].map(([field, problem]) => ({ field, problem }));
}

function problemsAt(
  root: GraphQLInputType,
  path: ResponsePath,
  value: unknown,
  showTypes: boolean,
): readonly InputProblem[] {
  const place = fieldOf(path);
  const type = path.reduce<GraphQLInputType | undefined>(typeBelow, root);
  if (value === null || value === undefined) return [{ field: place, problem: 'must not be null' }];
  const named = getNamedType(type);
  if (isInputObjectType(named)) {
    return isRecord(value)
      ? objectProblems(named, place, value, showTypes)
      : [{ field: place, problem: 'must be an object' }];
  }
  return [
    {
      field: place,
      problem: showTypes && named !== undefined ? `must be of type "${named.name}"` : 'is of the wrong type',
    },
  ];
}

function objectProblems(
  type: GraphQLInputObjectType,
  place: string,
  value: Readonly<Record<string, unknown>>,
  showTypes: boolean,
): readonly InputProblem[] {
  const fields = type.getFields();
  const missing = Object.values(fields).filter(
    (field) => isRequiredInputField(field) && value[field.name] === undefined,
  );
  const unknown = Object.keys(value).filter((key) => !Object.hasOwn(fields, key));
  return [
    ...missing.map(({ name }) =>
      showTypes
        ? { field: `${place}.${name}`, problem: 'is required' }
        : { field: place, problem: 'lacks a required field' },
    ),
    ...unknown.map((key) => ({
      field: `${place}.${printableKey(key)}`,
      problem: showTypes ? `is not a field of "${type.name}"` : 'is not known',
    })),
  ];
}

function typeBelow(type: GraphQLInputType | undefined, key: string | number): GraphQLInputType | undefined {
  if (typeof key === 'string') {
    const named = getNamedType(type);
    return isInputObjectType(named) ? named.getFields()[key]?.type : undefined;
  }
  const list = isNonNullType(type) ? type.ofType : type;
  return isListType(list) ? list.ofType : undefined;
}

function fieldOf(path: ResponsePath): string {
  return path.map((key) => (typeof key === 'number' ? `[${String(key)}]` : `.${key}`)).join('');
}

/** A key that cannot be a field is more likely data in the wrong place than a mistyped name. */
function printableKey(key: string): string {
  return /^[_A-Za-z]\w{0,63}$/.test(key) ? key : '(unknown)';
}
