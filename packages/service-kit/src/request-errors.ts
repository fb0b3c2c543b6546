import type { ApolloServerPlugin, BaseContext, GraphQLRequestListener } from '@apollo/server';
import { PublicError } from '@identity/service-kit/errors';
import { getOperationAST, GraphQLError, type ASTNode, type DocumentNode, type GraphQLSchema } from 'graphql';
import { findLiterals, isLiteral, type LiteralPlace } from './input-places.js';
import { variableProblems, type InputProblem } from './input-problems.js';
import { namesOf, UNKNOWN_NAME, withoutForeignNames } from './schema-names.js';

/** How clients are told what is wrong with their requests. */
export interface RequestErrorOptions {
  /** Whether messages may tell names and types of the schema. */
  readonly showSchema: boolean;
  /** A name that no variable may have. */
  readonly reservedVariable?: string;
}

/** Messages of validation that hold names of the schema and of fields, and no values. */
const WITHOUT_VALUES = /^(?:Field|OneOf Input Object) ["(]/;

/** What graphql-js says of a required input field or argument that is missing, which it reports at what surrounds it. */
const MISSING_FIELD = /^Field "\w+\.(\w+)" of required type /;
const MISSING_ARGUMENT = /^Field "\w+" argument "(\w+)" of type "[^"]+" is required/;

/** The kinds of tokens that hold what somebody has typed; graphql-js shows the text behind the kind. */
const QUOTED_TOKEN = /\b(Name|Int|Float|String|BlockString|Comment) "[^]*$/;
const QUOTED_VARIABLE = / "\$\w*"/g;

/**
 * Tells clients what is wrong with their request in names of the schema, and never repeats a value or a name that they
 * have made up: it may be a password in the wrong place. Where in the document it stands, they are told.
 */
export function requestErrors<TContext extends BaseContext>({
  showSchema,
  reservedVariable,
}: RequestErrorOptions): ApolloServerPlugin<TContext> {
  const listener: GraphQLRequestListener<TContext> = {
    parsingDidStart: () =>
      Promise.resolve((error) => {
        if (error !== undefined) Object.assign(error, { message: withoutTokens(error.message) });
        return Promise.resolve();
      }),
    validationDidStart: ({ document, schema }) =>
      Promise.resolve((errors = []) => {
        const found = errors.filter((error) => error instanceof GraphQLError);
        const ofTheSchema = found.filter(({ originalError }) => !(originalError instanceof PublicError));
        describe(ofTheSchema, document, schema);
        return Promise.resolve();
      }),
    didResolveOperation({ document, schema, request }) {
      const operation = getOperationAST(document, request.operationName);
      if (!operation)
        return Promise.reject(badRequest('operationName must name one of the operations of the document.'));
      if (schema.getRootType(operation.operation) === undefined)
        return Promise.reject(badRequest(`The schema has no ${operation.operation}s.`));
      const problems = variableProblems({
        schema,
        document,
        operation,
        variables: request.variables ?? {},
        showSchema,
        reservedVariable: reservedVariable ?? null,
      });
      return problems.length === 0 ? Promise.resolve() : Promise.reject(inputError(problems));
    },
  };
  return { requestDidStart: () => Promise.resolve(listener) };

  function describe(errors: readonly GraphQLError[], document: DocumentNode, schema: GraphQLSchema): void {
    const isKnown = namesOf(schema);
    const nameField = (name: string): string => (showSchema && isKnown(name) ? name : UNKNOWN_NAME);
    const literals = new Set<ASTNode>(errors.flatMap(({ nodes = [] }) => nodes.filter(isLiteral)));
    const places =
      literals.size === 0
        ? new Map<ASTNode, LiteralPlace>()
        : findLiterals(document, (node) => literals.has(node), schema, nameField);
    for (const error of errors) {
      const place = error.nodes?.map((node) => places.get(node)).find((found) => found !== undefined) ?? null;
      const message = withoutForeignNames(error.message, isKnown);
      const problem = place === null ? argumentProblem(message) : literalProblem(message, place);
      if (showSchema && problem !== null) tell(error, problem);
      else if (place !== null) tell(error, { field: place.field, problem: 'the value is not accepted' });
      else Object.assign(error, { message: showSchema ? message : hiddenMessage(error) });
    }
  }
}

function withoutTokens(message: string): string {
  return message.replace(QUOTED_TOKEN, '$1.').replace(QUOTED_VARIABLE, '');
}

function tell(error: GraphQLError, { field, problem }: InputProblem): void {
  // Apollo Server builds the errors of its answer from these objects, and hands out no other hold on their text.
  Object.assign(error, { message: `${field}: ${problem}` });
  error.extensions['field'] = field;
}

function argumentProblem(message: string): InputProblem | null {
  const missing = MISSING_ARGUMENT.exec(message)?.[1];
  return missing === undefined ? null : { field: missing, problem: 'is required' };
}

function literalProblem(message: string, { field, type }: LiteralPlace): InputProblem {
  const missing = MISSING_FIELD.exec(message)?.[1];
  if (missing !== undefined) return { field: `${field}.${missing}`, problem: 'is required' };
  if (WITHOUT_VALUES.test(message)) return { field, problem: message };
  return { field, problem: type === null ? 'the value is not accepted' : `must be of type "${type}"` };
}

function hiddenMessage({ extensions }: GraphQLError): string {
  return extensions['validationErrorCode'] === 'INTROSPECTION_DISABLED'
    ? 'Introspection is switched off.'
    : 'The operation does not fit the schema.';
}

function inputError(problems: readonly InputProblem[]): GraphQLError {
  return badRequest(problems.map(({ field, problem }) => `${field}: ${problem}`).join('; '), problems[0]?.field);
}

function badRequest(message: string, field?: string): GraphQLError {
  return new GraphQLError(message, {
    extensions: { code: 'BAD_USER_INPUT', ...(field === undefined ? {} : { field }), http: { status: 400 } },
  });
}
