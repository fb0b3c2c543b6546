import { valueFromASTUntyped, type ConstDirectiveNode } from 'graphql';
import type { Role, Viewer } from './access-token.js';
import { requireViewer, type Authentication } from './authentication.js';
import { forbidden } from './errors.js';

/**
 * What a caller has to bring along: one of these sets of scopes, in full. Any good token brings the empty set, and
 * nothing brings one of no sets.
 */
export type AccessDemand = readonly (readonly string[])[];

/** The names that the directives of Apollo Federation have in a schema; imports can give them others. */
export interface AccessDirectiveNames {
  readonly authenticated: string;
  readonly requiresScopes: string;
}

/** What they are called unless an import says otherwise. */
export const ACCESS_DIRECTIVES: AccessDirectiveNames = {
  authenticated: 'authenticated',
  requiresScopes: 'requiresScopes',
};

/**
 * Reads from the directives of one element what it demands; all of it must be met.
 *
 * @throws Error when the scopes are not a list of lists of strings.
 */
export function demandsOf(
  directives: readonly ConstDirectiveNode[],
  { authenticated, requiresScopes }: AccessDirectiveNames = ACCESS_DIRECTIVES,
): readonly AccessDemand[] {
  return directives.flatMap((directive) => {
    if (directive.name.value === authenticated) return [[[]]];
    return directive.name.value === requiresScopes ? [scopesDemanded(directive)] : [];
  });
}

function scopesDemanded(directive: ConstDirectiveNode): AccessDemand {
  const argument = directive.arguments?.find(({ name }) => name.value === 'scopes');
  const scopes: unknown = argument === undefined ? undefined : valueFromASTUntyped(argument.value);
  if (!isDemand(scopes)) throw new Error(`@${directive.name.value}: scopes must be a list of lists of strings`);
  return scopes;
}

function isDemand(value: unknown): value is AccessDemand {
  return (
    Array.isArray(value) && value.every((set) => Array.isArray(set) && set.every((scope) => typeof scope === 'string'))
  );
}

/** The scope that a role brings. Scopes are not carried by tokens: they follow from the roles. */
export function scopeOfRole(role: Role): string {
  return `role:${role.toLowerCase()}`;
}

/** Whether a caller brings along what is demanded. */
export function meets({ roles }: Viewer, demand: AccessDemand): boolean {
  const scopes = new Set(roles.map(scopeOfRole));
  return demand.some((set) => set.every((scope) => scopes.has(scope)));
}

/**
 * Lets through callers who bring along everything that is demanded.
 *
 * @throws PublicError UNAUTHENTICATED or SERVICE_UNAVAILABLE when it is not known who is calling; FORBIDDEN when it is.
 */
export function requireAccess(authentication: Authentication, demands: readonly AccessDemand[]): void {
  if (demands.length === 0) return;
  const viewer = requireViewer(authentication);
  if (!demands.every((demand) => meets(viewer, demand))) throw forbidden();
}
