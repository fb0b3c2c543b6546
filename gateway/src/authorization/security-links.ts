import { Kind, visit, type ArgumentNode, type DirectiveNode, type DocumentNode } from 'graphql';

/** The security features that this gateway enforces itself. */
const ENFORCED_FEATURES: ReadonlySet<string> = new Set([
  'https://specs.apollo.dev/authenticated/v0.1',
  'https://specs.apollo.dev/requiresScopes/v0.1',
]);

/**
 * Makes a supergraph loadable that links features `for: SECURITY`: `@apollo/gateway` refuses those that it does not
 * enforce, whatever is built around it. Features that this gateway does not enforce either stay as they are, and so
 * are refused.
 */
export function relaxSecurityLinks(supergraph: DocumentNode): DocumentNode {
  return visit(supergraph, {
    Directive: (node) =>
      isEnforcedLink(node)
        ? { ...node, arguments: node.arguments?.filter(({ name }) => name.value !== 'for') ?? [] }
        : undefined,
  });
}

function isEnforcedLink({ name, arguments: values = [] }: DirectiveNode): boolean {
  return name.value === 'link' && values.some((argument) => ENFORCED_FEATURES.has(urlOf(argument)));
}

function urlOf({ name, value }: ArgumentNode): string {
  return name.value === 'url' && value.kind === Kind.STRING ? value.value : '';
}
