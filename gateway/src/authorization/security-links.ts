import type { AccessDirectiveNames } from '@identity/service-kit/access-demands';
import {
  Kind,
  visit,
  type ConstDirectiveNode,
  type ConstValueNode,
  type DirectiveNode,
  type DocumentNode,
} from 'graphql';

/** The security features that this gateway enforces itself. */
const AUTHENTICATED_FEATURE = 'https://specs.apollo.dev/authenticated/v0.1';
const REQUIRES_SCOPES_FEATURE = 'https://specs.apollo.dev/requiresScopes/v0.1';

/**
 * Makes a supergraph loadable that links features `for: SECURITY`: `@apollo/gateway` refuses those that it does not
 * enforce, whatever is built around it. Features that this gateway does not enforce either stay as they are, and so
 * are refused.
 */
export function relaxSecurityLinks(supergraph: DocumentNode): DocumentNode {
  return visit(supergraph, {
    Directive: (node) =>
      isLinkOf(node, AUTHENTICATED_FEATURE) || isLinkOf(node, REQUIRES_SCOPES_FEATURE)
        ? { ...node, arguments: node.arguments?.filter(({ name }) => name.value !== 'for') ?? [] }
        : undefined,
  });
}

/** Reads from the links of a supergraph what its directives are called: whoever composes it may give them other names. */
export function accessDirectiveNames({ definitions }: DocumentNode): AccessDirectiveNames {
  const links = definitions.flatMap((definition) =>
    definition.kind === Kind.SCHEMA_DEFINITION || definition.kind === Kind.SCHEMA_EXTENSION
      ? (definition.directives ?? [])
      : [],
  );
  return {
    authenticated: nameBy(links, AUTHENTICATED_FEATURE, 'authenticated'),
    requiresScopes: nameBy(links, REQUIRES_SCOPES_FEATURE, 'requiresScopes'),
  };
}

/** A feature's own directive is called as the feature is, unless it is imported (the link specification, section 4). */
function nameBy(links: readonly ConstDirectiveNode[], feature: string, name: string): string {
  const link = links.find((candidate) => isLinkOf(candidate, feature));
  const imported = importsOf(link).find((entry) => entry.name === `@${name}`)?.as;
  return imported?.slice(1) ?? textOf(argumentOf(link, 'as')) ?? name;
}

function importsOf(link: ConstDirectiveNode | undefined): readonly { readonly name: string; readonly as: string }[] {
  const entries = argumentOf(link, 'import');
  return (entries?.kind === Kind.LIST ? entries.values : []).flatMap((entry) => {
    const name = textOf(entry.kind === Kind.OBJECT ? memberOf(entry.fields, 'name') : entry);
    if (name === undefined) return [];
    return [{ name, as: (entry.kind === Kind.OBJECT ? textOf(memberOf(entry.fields, 'as')) : undefined) ?? name }];
  });
}

function isLinkOf({ name, arguments: values = [] }: DirectiveNode, feature: string): boolean {
  return (
    name.value === 'link' &&
    values.some(({ name: key, value }) => key.value === 'url' && value.kind === Kind.STRING && value.value === feature)
  );
}

function argumentOf(directive: ConstDirectiveNode | undefined, name: string): ConstValueNode | undefined {
  return memberOf(directive?.arguments ?? [], name);
}

function memberOf(
  members: readonly { readonly name: { readonly value: string }; readonly value: ConstValueNode }[],
  name: string,
): ConstValueNode | undefined {
  return members.find((member) => member.name.value === name)?.value;
}

function textOf(value: ConstValueNode | undefined): string | undefined {
  return value?.kind === Kind.STRING ? value.value : undefined;
}
