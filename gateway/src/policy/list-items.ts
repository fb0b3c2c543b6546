import {
  getNullableType,
  isInputObjectType,
  isInputType,
  isListType,
  typeFromAST,
  type ASTVisitor,
  type GraphQLError,
  type GraphQLInputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type ValidationContext,
} from 'graphql';
import { isRecord } from '@identity/service-kit/json';
import { tooComplex } from './too-complex.js';

/** Creates the validation rule that refuses long lists written into a document; those of a JSON scalar are its own. */
export function limitListLiterals(maxItems: number): (context: ValidationContext) => ASTVisitor {
  return (context) => ({
    ListValue({ values }) {
      // Inside of a list its own type is the parent of the one that is expected.
      if (values.length > maxItems && isListType(getNullableType(context.getParentInputType())))
        context.reportError(longList(maxItems));
    },
  });
}

/** Finds a long list in the variables of an operation; null without one. The values need not fit their types. */
export function longListOf(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
  maxItems: number,
): GraphQLError | null {
  const found = variableDefinitions.some(({ variable, type: typeNode }) => {
    const type = typeFromAST(schema, typeNode);
    return isInputType(type) && holdsLongList(variables[variable.name.value], type, maxItems);
  });
  return found ? longList(maxItems) : null;
}

function holdsLongList(value: unknown, declaredType: GraphQLInputType, maxItems: number): boolean {
  const type = getNullableType(declaredType);
  if (isListType(type)) {
    // A single value stands for a list of one (GraphQL specification, section 3.11).
    if (!Array.isArray(value)) return holdsLongList(value, type.ofType, maxItems);
    return value.length > maxItems || value.some((item) => holdsLongList(item, type.ofType, maxItems));
  }
  if (!isInputObjectType(type) || !isRecord(value)) return false;
  return Object.values(type.getFields()).some(({ name, type: fieldType }) =>
    holdsLongList(value[name], fieldType, maxItems),
  );
}

function longList(maxItems: number): GraphQLError {
  return tooComplex(`A list has more than ${String(maxItems)} items.`);
}
