import {
  coerceInputValue,
  getNamedType,
  isInputObjectType,
  isInputType,
  isListType,
  isNonNullType,
  isRequiredInputField,
  typeFromAST,
  type DocumentNode,
  type GraphQLError,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { nonNullPlaces, variablePlaces } from './input-places.js';
import { isRecord } from './json.js';
import { namesOf, UNKNOWN_NAME } from './schema-names.js';

/** Something that is wrong with the input of an operation, told without the value. */
export interface InputProblem {
  /** The argument, and the way from there: `input.tags[2]`. */
  readonly field: string;
  readonly problem: string;
}

/** The variables of an operation, to be checked. */
export interface VariableCheck {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly variables: Readonly<Record<string, unknown>>;
  /** Whether the problems may tell names and types of the schema beyond what the client has found itself. */
  readonly showSchema: boolean;
  /** A name that no variable may have; null if any may. */
  readonly reservedVariable: string | null;
}

/** How to tell a problem with a value. */
interface Telling {
  readonly showSchema: boolean;
  /** What to call a key that the type does not have. */
  readonly nameKey: (key: string) => string;
  /** What graphql-js suggests instead of such a key; empty without a suggestion. */
  readonly suggestion: string;
}

type ValuePath = readonly (string | number)[];

/** Told of a part of a value, where it is, and what graphql-js says of it. */
type OnRefused = (path: ValuePath, part: unknown, error: GraphQLError) => void;

/** More of them help nobody, and a list of thousands is easily sent. */
const MAX_PROBLEMS = 20;

/**
 * Checks the variables of an operation as graphql-js does before it executes (GraphQL specification, section 6.1.2),
 * whose own messages quote the values.
 */
export function variableProblems(check: VariableCheck): readonly InputProblem[] {
  const { schema, document, operation, variables, showSchema, reservedVariable } = check;
  const isKnown = namesOf(schema);
  const nameKey = (key: string): string => (showSchema && isKnown(key) ? key : UNKNOWN_NAME);
  const placeOf = lookup(() => variablePlaces(document));
  const nonNullPlaceOf = lookup(() => nonNullPlaces(document, operation, schema));
  const problems = new Map<string, string>();
  for (const { variable, type: typeNode, defaultValue } of operation.variableDefinitions ?? []) {
    const name = variable.name.value;
    const type = typeFromAST(schema, typeNode);
    if (name === reservedVariable) problems.set(name, 'is a reserved name; call the variable something else');
    if (!isInputType(type)) continue;
    if (Object.hasOwn(variables, name)) {
      refusedParts(variables[name], type, (path, value, { message }) => {
        const suggestion = showSchema ? (/\. Did you mean [^]*$/.exec(message)?.[0] ?? '') : '';
        for (const { field, problem } of problemsAt(type, path, value, { showSchema, nameKey, suggestion })) {
          if (problems.size < MAX_PROBLEMS) problems.set(`${placeOf(name) ?? UNKNOWN_NAME}${field}`, problem);
        }
      });
      const nonNullPlace = variables[name] === null && !isNonNullType(type) ? nonNullPlaceOf(name) : undefined;
      if (nonNullPlace !== undefined) problems.set(nonNullPlace, 'must not be null');
    } else if (isNonNullType(type) && defaultValue === undefined)
      problems.set(placeOf(name) ?? UNKNOWN_NAME, 'is required');
  }
  return [...problems].map(([field, problem]) => ({ field, problem }));
}

/** Looks something up in what is made when it is asked for first: most requests have no problem. */
function lookup(make: () => ReadonlyMap<string, string>): (name: string) => string | undefined {
  let made: ReadonlyMap<string, string> | null = null;
  return (name) => (made ??= make()).get(name);
}

/** Tells what is not of the type, and stops where there is too much: of thousands of keys each may be refused. */
function refusedParts(value: unknown, type: GraphQLInputType, tell: OnRefused): void {
  const enough = new Error('enough has been told');
  let told = 0;
  try {
    coerceInputValue(value, type, (path, part, error) => {
      tell(path, part, error);
      told += 1;
      if (told === MAX_PROBLEMS) throw enough;
    });
  } catch (error) {
    if (error !== enough) throw error;
  }
}

function problemsAt(
  root: GraphQLInputType,
  path: ValuePath,
  value: unknown,
  telling: Telling,
): readonly InputProblem[] {
  const place = fieldOf(path);
  const type = path.reduce<GraphQLInputType | undefined>(typeBelow, root);
  if (value === null || value === undefined) return [{ field: place, problem: 'must not be null' }];
  const named = getNamedType(type);
  if (isInputObjectType(named)) {
    return isRecord(value)
      ? objectProblems(named, place, value, telling)
      : [{ field: place, problem: 'must be an object' }];
  }
  return [
    {
      field: place,
      problem: telling.showSchema && named !== undefined ? `must be of type "${named.name}"` : 'is of the wrong type',
    },
  ];
}

function objectProblems(
  type: GraphQLInputObjectType,
  place: string,
  value: Readonly<Record<string, unknown>>,
  { showSchema, nameKey, suggestion }: Telling,
): readonly InputProblem[] {
  const fields = type.getFields();
  const missing = Object.values(fields).filter(
    (field) => isRequiredInputField(field) && value[field.name] === undefined,
  );
  const unknown = Object.keys(value)
    .filter((key) => !Object.hasOwn(fields, key))
    .slice(0, MAX_PROBLEMS);
  return [
    ...missing.map(({ name }) =>
      showSchema
        ? { field: `${place}.${name}`, problem: 'is required' }
        : { field: place, problem: 'lacks a required field' },
    ),
    ...unknown.map((key) => ({
      field: `${place}.${nameKey(key)}`,
      problem: showSchema ? `is not a field of "${type.name}"${suggestion}` : 'is not known',
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

function fieldOf(path: ValuePath): string {
  return path.map((key) => (typeof key === 'number' ? `[${String(key)}]` : `.${key}`)).join('');
}
