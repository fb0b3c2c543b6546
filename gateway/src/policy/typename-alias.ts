import { GraphQLError, type ASTVisitor, type ValidationContext } from 'graphql';

/** Between gateway and subgraphs `__typename` always stands for the type: a plan asks for it beside what the client does. */
export function typenameMeansTheType(context: ValidationContext): ASTVisitor {
  return {
    Field(node) {
      if (node.alias?.value === '__typename' && node.name.value !== '__typename') {
        context.reportError(new GraphQLError('No other field can be called __typename.', { nodes: node }));
      }
    },
  };
}
