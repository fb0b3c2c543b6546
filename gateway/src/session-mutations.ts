import { rootFieldsOf } from '@identity/service-kit/root-fields';
import { Kind, parse } from 'graphql';

/** The mutations of the contract that open the caller's session, go on with it or can end it. */
const SESSION_MUTATIONS: ReadonlySet<string> = new Set([
  'register',
  'login',
  'refreshSession',
  'logout',
  'revokeSession',
  // Administrators can do these to themselves.
  'suspendUser',
  'setUserRoles',
]);

/** Whether a subgraph's operation has a session mutation among its root fields. */
export function hasSessionMutation(query: string): boolean {
  const document = parse(query, { noLocation: true });
  return document.definitions.some(
    (definition) =>
      definition.kind === Kind.OPERATION_DEFINITION &&
      rootFieldsOf(document, definition).some(({ name }) => SESSION_MUTATIONS.has(name.value)),
  );
}
