import { executeSync, Kind } from 'graphql';
import { rootFieldsOf } from '@identity/service-kit/root-fields';
import type { ExecutionResult, RequestContext } from './execution/apollo-types.js';

const OF_THE_SCHEMA: ReadonlySet<string> = new Set(['__schema', '__type']);

/** Whether an operation asks about the schema and about nothing else. */
export function isIntrospection({ document, operation }: RequestContext): boolean {
  const names = rootFieldsOf(document, operation).map(({ name }) => name.value);
  return (
    names.some((name) => OF_THE_SCHEMA.has(name)) &&
    names.every((name) => OF_THE_SCHEMA.has(name) || name === '__typename')
  );
}

/** Answers such an operation. There is nothing to plan, and Apollo's planner refuses what it does not know: `isOneOf`. */
export function introspect({ schema, document, operation, request }: RequestContext): ExecutionResult {
  const fragments = document.definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION);
  return executeSync({
    schema,
    document: { kind: Kind.DOCUMENT, definitions: [operation, ...fragments] },
    variableValues: request.variables,
  });
}
