import {
  Kind,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type ASTNode,
  type ASTVisitor,
  type DocumentNode,
  type GraphQLSchema,
  type ObjectFieldNode,
  type ValueNode,
} from 'graphql';

/** A value written into a document, and what it was written for. */
export interface LiteralPlace {
  /** The argument or variable, and the way from there into input objects and lists: `input.tags[2]`. */
  readonly field: string;
  /** The type that the schema has there, such as `String!`; null without a schema or a place in it. */
  readonly type: string | null;
}

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

/** A value written into the document, or a field of one. */
export type Literal = ValueNode | ObjectFieldNode;

/** Whether a node is a value written into the document, and not a variable. */
export function isLiteral(node: ASTNode): node is Literal {
  return LITERAL_KINDS.has(node.kind);
}

/** Finds all literals of a document that match, in one pass. */
export function findLiterals(
  document: DocumentNode,
  matches: (node: Literal) => boolean,
  schema: GraphQLSchema | null,
): ReadonlyMap<ASTNode, LiteralPlace> {
  const places = new Map<ASTNode, LiteralPlace>();
  const typeInfo = schema === null ? null : new TypeInfo(schema);
  const visitor: ASTVisitor = {
    enter(node, _key, parent, path, ancestors) {
      if (!isLiteral(node) || !matches(node)) return;
      const field = fieldOf(path, parent === undefined ? ancestors : [...ancestors, parent]);
      const type = typeInfo?.getInputType()?.toString() ?? null;
      places.set(node, { field: node.kind === Kind.OBJECT_FIELD ? `${field}.${node.name.value}` : field, type });
    },
  };
  visit(document, typeInfo === null ? visitor : visitWithTypeInfo(typeInfo, visitor));
  return places;
}

/** `path[i]` is the key under which `ancestors[i]` holds what comes next. */
function fieldOf(path: readonly (string | number)[], ancestors: readonly (ASTNode | readonly ASTNode[])[]): string {
  return ancestors.reduce<string>((field, ancestor, index) => {
    if (!isAstNode(ancestor)) return field;
    const key = path[index];
    if (ancestor.kind === Kind.ARGUMENT && key === 'value') return ancestor.name.value;
    if (ancestor.kind === Kind.VARIABLE_DEFINITION && key === 'defaultValue') return ancestor.variable.name.value;
    if (ancestor.kind === Kind.OBJECT_FIELD && key === 'value') return `${field}.${ancestor.name.value}`;
    if (ancestor.kind === Kind.LIST && key === 'values') return `${field}[${String(path[index + 1])}]`;
    return field;
  }, '');
}

function isAstNode(value: ASTNode | readonly ASTNode[]): value is ASTNode {
  return 'kind' in value;
}
