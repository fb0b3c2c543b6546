import { GraphQLError, type ASTVisitor, type ValidationContext } from 'graphql';

/** A literal such as `1e400` reads as infinity, which JSON cannot carry to a subgraph. */
export function finiteNumbers(context: ValidationContext): ASTVisitor {
  return {
    FloatValue(node) {
      if (!Number.isFinite(Number(node.value))) {
        context.reportError(new GraphQLError('A number is too large.', { nodes: node }));
      }
    },
  };
}
