import type { ASTVisitor, ValidationContext } from 'graphql';
import { sizeOf, type OperationSize } from './operation-size.js';
import { tooComplex } from './too-complex.js';

/** How much one operation may ask for. Fragments count wherever they are spread. */
export interface OperationLimits {
  /** Words and signs of the document; the parser stops behind them. */
  readonly tokens: number;
  /** Fields and fragments; bounds the work of validation and planning. */
  readonly selections: number;
  /** Fields inside of fields. */
  readonly depth: number;
  readonly aliases: number;
  /** Fields of the root type. */
  readonly rootFields: number;
  readonly directives: number;
  /** Fields inside of fields below `__schema` and `__type`. */
  readonly introspectionDepth: number;
  /** Items of one list in an argument or a variable. */
  readonly listItems: number;
  /** What the schema's `@cost` and `@listSize` add up to. */
  readonly cost: number;
}

/** What is compared with what, in the order in which it is told. */
const CHECKS: readonly {
  readonly what: string;
  readonly size: keyof OperationSize;
  readonly limit: keyof OperationLimits;
}[] = [
  { what: 'fields and fragments', size: 'selections', limit: 'selections' },
  { what: 'levels of fields', size: 'depth', limit: 'depth' },
  { what: 'aliases', size: 'aliases', limit: 'aliases' },
  { what: 'root fields', size: 'rootFields', limit: 'rootFields' },
  { what: 'directives', size: 'directives', limit: 'directives' },
  { what: 'levels of introspection', size: 'introspectionDepth', limit: 'introspectionDepth' },
];

/** Creates the validation rule that refuses operations that are too large, before any other rule looks at them. */
export function limitSize(limits: OperationLimits): (context: ValidationContext) => ASTVisitor {
  return (context) => ({
    Document: {
      enter(document) {
        const problem = problemOf(sizeOf(document), limits);
        if (problem === null) return undefined;
        context.reportError(tooComplex(problem));
        // Takes the document out of the traversal that all rules share: several take long over what is refused here.
        return null;
      },
    },
  });
}

function problemOf(size: OperationSize, limits: OperationLimits): string | null {
  const exceeded = CHECKS.find((check) => size[check.size] > limits[check.limit]);
  if (exceeded !== undefined) return `The operation has more than ${String(limits[exceeded.limit])} ${exceeded.what}.`;
  // Under different names the whole schema could be listed again and again.
  if (size.introspectionAliases > 0) return 'Introspection takes no aliases below its first field.';
  return size.schemas > 1 ? 'An operation asks for the schema once.' : null;
}
