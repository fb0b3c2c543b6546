import {
  getDirectiveValues,
  valueFromASTUntyped,
  type ConstDirectiveNode,
  type GraphQLDirective,
  type GraphQLField,
  type GraphQLSchema,
} from 'graphql';
import { isRecord } from '@identity/service-kit/json';

/** What `@listSize` says of a field. */
export interface ListSize {
  /** How many items there are when no argument tells; null when that is not said. */
  readonly assumedSize: number | null;
  /** The arguments that ask for a number of items, such as `first`. */
  readonly slicingArguments: readonly string[];
  /** The fields below that hold the items, such as `edges` and `nodes`; empty when the field itself is the list. */
  readonly sizedFields: readonly string[];
}

/** A type, field, argument or input field of a schema that was built from SDL. */
export interface Annotated {
  readonly astNode?: Parameters<typeof getDirectiveValues>[1] | null | undefined;
}

/** Reads what a schema says of the cost of its parts. */
export interface CostDirectives {
  /** What `@cost` says; null without one. */
  weightOf(part: Annotated): number | null;
  /** Null without `@listSize`. */
  listSizeOf(field: GraphQLField<unknown, unknown>): ListSize | null;
}

const COST_SPECIFICATION = 'https://specs.apollo.dev/cost/';

/** Creates a reader of `@cost` and `@listSize` as federation composes them into a supergraph, under whatever names. */
export function createCostDirectives(supergraph: GraphQLSchema): CostDirectives {
  const link = (supergraph.astNode?.directives ?? []).find((directive) =>
    String(argumentOf(directive, 'url')).startsWith(COST_SPECIFICATION),
  );
  const cost = link === undefined ? null : linkedDirective(supergraph, link, 'cost');
  const listSize = link === undefined ? null : linkedDirective(supergraph, link, 'listSize');
  return {
    weightOf({ astNode }) {
      const { weight } = valuesOf(cost, astNode);
      return typeof weight === 'number' ? weight : null;
    },
    listSizeOf({ astNode }) {
      if (!isApplied(listSize, astNode)) return null;
      const { assumedSize, slicingArguments, sizedFields } = valuesOf(listSize, astNode);
      return {
        assumedSize: typeof assumedSize === 'number' ? assumedSize : null,
        slicingArguments: textsOf(slicingArguments),
        sizedFields: textsOf(sizedFields),
      };
    },
  };
}

function isApplied(directive: GraphQLDirective | null, node: Annotated['astNode']): boolean {
  return node?.directives?.some(({ name }) => name.value === directive?.name) ?? false;
}

function valuesOf(directive: GraphQLDirective | null, node: Annotated['astNode']): Readonly<Record<string, unknown>> {
  return directive === null || node == null ? {} : (getDirectiveValues(directive, node) ?? {});
}

/** The directive is imported, as in `import: ["@cost", { name: "@listSize", as: "@size" }]`, or has its full name. */
function linkedDirective(schema: GraphQLSchema, link: ConstDirectiveNode, name: string): GraphQLDirective | null {
  const imports = argumentOf(link, 'import');
  const found: unknown = Array.isArray(imports)
    ? imports.find((item) => item === `@${name}` || (isRecord(item) && item['name'] === `@${name}`))
    : undefined;
  const imported = isRecord(found) ? (found['as'] ?? found['name']) : found;
  if (typeof imported === 'string') return schema.getDirective(imported.slice(1)) ?? null;
  const alias = argumentOf(link, 'as');
  const namespace = typeof alias === 'string' ? alias : 'cost';
  return schema.getDirective(name === 'cost' ? namespace : `${namespace}__${name}`) ?? null;
}

function argumentOf(directive: ConstDirectiveNode, name: string): unknown {
  const found = directive.arguments?.find((argument) => argument.name.value === name);
  return found === undefined ? null : valueFromASTUntyped(found.value);
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
