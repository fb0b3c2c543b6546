import {
  isNonNullType,
  Kind,
  separateOperations,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type ASTNode,
  type ASTVisitor,
  type DocumentNode,
  type GraphQLSchema,
  type ObjectFieldNode,
  type OperationDefinitionNode,
  type ValueNode,
} from 'graphql';
import { UNKNOWN_NAME } from './schema-names.js';

/** A value written into a document, and what it was written for. */
export interface LiteralPlace {
  /** The argument, and the way from there into input objects and lists: `input.tags[2]`. */
  readonly field: string;
  /** The type that the schema has there, such as `String!`; null without a schema or a place in it. */
  readonly type: string | null;
}

/** A value written into the document, or a field of one. */
export type Literal = ValueNode | ObjectFieldNode;

type Ancestors = readonly (ASTNode | readonly ASTNode[])[];
type Path = readonly (string | number)[];

const LITERAL_KINDS: ReadonlySet<string> = new Set([
  Kind.INT,
  Kind.FLOAT,
  Kind.STRING,
  Kind.BOOLEAN,
  Kind.NULL,
  Kind.ENUM,
  Kind.LIST,
  Kind.OBJECT,
  Kind.OBJECT_FIELD,
]);

/** Whether a node is a value written into the document, and not a variable. */
export function isLiteral(node: ASTNode): node is Literal {
  return LITERAL_KINDS.has(node.kind);
}

/**
 * Finds all literals of a document that match, in one pass. The default of a variable stands where the variable does.
 *
 * @param nameField - What to call a field of an input object that matches: it may be one that a client has made up.
 */
export function findLiterals(
  document: DocumentNode,
  matches: (node: Literal) => boolean,
  schema: GraphQLSchema | null,
  nameField: (name: string) => string,
): ReadonlyMap<ASTNode, LiteralPlace> {
  const places = new Map<ASTNode, LiteralPlace>();
  const typeInfo = schema === null ? null : new TypeInfo(schema);
  let variables: ReadonlyMap<string, string> | null = null;
  const placeOfVariable = (name: string): string => {
    variables ??= variablePlaces(document);
    return variables.get(name) ?? UNKNOWN_NAME;
  };
  const visitor: ASTVisitor = {
    enter(node, _key, parent, path, ancestors) {
      if (!isLiteral(node) || !matches(node)) return;
      const field = fieldOf(path, parent === undefined ? ancestors : [...ancestors, parent], placeOfVariable);
      const type = typeInfo?.getInputType()?.toString() ?? null;
      places.set(node, {
        field: node.kind === Kind.OBJECT_FIELD ? `${field}.${nameField(node.name.value)}` : field,
        type,
      });
    },
  };
  visit(document, typeInfo === null ? visitor : visitWithTypeInfo(typeInfo, visitor));
  return places;
}

/** Where each variable of a document is used first: by that its value is told, because its name is the client's. */
export function variablePlaces(document: DocumentNode): ReadonlyMap<string, string> {
  return placesWhere(document, () => true, null);
}

/**
 * Where each variable of an operation is used first in a place that takes no null. The type of the variable may take it
 * nevertheless, if it has a default, or the place has one (GraphQL specification, section 5.8.5).
 */
export function nonNullPlaces(
  document: DocumentNode,
  { name }: OperationDefinitionNode,
  schema: GraphQLSchema,
): ReadonlyMap<string, string> {
  const typeInfo = new TypeInfo(schema);
  // Fragments that other operations spread may have variables of the same names.
  const ofOperation = separateOperations(document)[name?.value ?? ''] ?? document;
  return placesWhere(ofOperation, () => isNonNullType(typeInfo.getInputType()), typeInfo);
}

function placesWhere(
  document: DocumentNode,
  isWanted: () => boolean,
  typeInfo: TypeInfo | null,
): ReadonlyMap<string, string> {
  const places = new Map<string, string>();
  const visitor: ASTVisitor = {
    VariableDefinition: () => false,
    Variable({ name }, _key, parent, path, ancestors) {
      if (places.has(name.value) || !isWanted()) return;
      places.set(
        name.value,
        fieldOf(path, parent === undefined ? ancestors : [...ancestors, parent], () => UNKNOWN_NAME),
      );
    },
  };
  visit(document, typeInfo === null ? visitor : visitWithTypeInfo(typeInfo, visitor));
  return places;
}

/** `path[i]` is the key under which `ancestors[i]` holds what comes next. */
function fieldOf(path: Path, ancestors: Ancestors, placeOfVariable: (name: string) => string): string {
  return ancestors.reduce<string>((field, ancestor, index) => {
    if (!isAstNode(ancestor)) return field;
    const key = path[index];
    if (ancestor.kind === Kind.ARGUMENT && key === 'value') return ancestor.name.value;
    if (ancestor.kind === Kind.VARIABLE_DEFINITION && key === 'defaultValue')
      return placeOfVariable(ancestor.variable.name.value);
    if (ancestor.kind === Kind.OBJECT_FIELD && key === 'value') return `${field}.${ancestor.name.value}`;
    if (ancestor.kind === Kind.LIST && key === 'values') return `${field}[${String(path[index + 1])}]`;
    return field;
  }, '');
}

function isAstNode(value: ASTNode | readonly ASTNode[]): value is ASTNode {
  return 'kind' in value;
}
