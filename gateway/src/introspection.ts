import { executeSync, Kind, type FieldNode, type SelectionNode, type SelectionSetNode } from 'graphql';
import { rootFieldsOf } from '@identity/service-kit/root-fields';
import type { ExecutionResult, Executor, RequestContext } from './execution/apollo-types.js';

/**
 * Answers what an operation asks about the schema, and has the rest executed. There is nothing to plan about the schema,
 * and Apollo's planner refuses what it does not know: `isOneOf`.
 */
export async function withIntrospection(request: RequestContext, execute: Executor): Promise<ExecutionResult> {
  const fields = rootFieldsOf(request.document, request.operation);
  const ofTheSchema = fields.filter(isOfTheSchema);
  if (ofTheSchema.length === 0) return execute(request);
  const schemaOnly = replaceRootFields(request, (field) => !isOfTheSchema(field));
  if (fields.every((field) => isOfTheSchema(field) || field.name.value === '__typename')) return introspect(schemaOnly);

  const { data, ...rest } = await execute({
    ...replaceRootFields(request, isOfTheSchema),
    queryHash: `${request.queryHash} without the schema`,
  });
  if (data == null) return { ...rest, ...(data === undefined ? {} : { data }) };
  const answer = introspect(schemaOnly);
  const keys = new Set(ofTheSchema.map(responseKeyOf));
  const told = Object.entries(data).map(([key, value]): [string, unknown] => [
    key,
    keys.has(key) ? answer.data?.[key] : value,
  ]);
  const errors = [...(rest.errors ?? []), ...(answer.errors ?? [])];
  return { ...rest, data: Object.fromEntries(told), ...(errors.length === 0 ? {} : { errors }) };
}

function introspect({ schema, document, operation, request }: RequestContext): ExecutionResult {
  const fragments = document.definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION);
  return executeSync({
    schema,
    document: { kind: Kind.DOCUMENT, definitions: [operation, ...fragments] },
    variableValues: request.variables,
  });
}

function isOfTheSchema({ name }: FieldNode): boolean {
  return name.value === '__schema' || name.value === '__type';
}

function responseKeyOf({ alias, name }: FieldNode): string {
  return (alias ?? name).value;
}

/** The same operation with `__typename` in the place of some root fields, under their names and with their conditions. */
function replaceRootFields(request: RequestContext, isReplaced: (field: FieldNode) => boolean): RequestContext {
  const { document, operation } = request;
  const fragments = new Map(
    document.definitions.flatMap((definition) =>
      definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition]] : [],
    ),
  );
  const writtenOut = new Set<string>();

  function replaceIn({ selections }: SelectionSetNode): SelectionSetNode {
    return { kind: Kind.SELECTION_SET, selections: selections.map(replace) };
  }

  function replace(selection: SelectionNode): SelectionNode {
    if (selection.kind === Kind.FIELD) return isReplaced(selection) ? typenameFor(selection) : selection;
    if (selection.kind === Kind.INLINE_FRAGMENT)
      return { ...selection, selectionSet: replaceIn(selection.selectionSet) };
    const fragment = fragments.get(selection.name.value);
    if (fragment === undefined) return selection;
    writtenOut.add(selection.name.value);
    const { typeCondition, selectionSet } = fragment;
    const { directives = [] } = selection;
    return { kind: Kind.INLINE_FRAGMENT, typeCondition, directives, selectionSet: replaceIn(selectionSet) };
  }

  const replaced = { ...operation, selectionSet: replaceIn(operation.selectionSet) };
  const definitions = document.definitions.flatMap((definition) => {
    if (definition === operation) return [replaced];
    return definition.kind === Kind.FRAGMENT_DEFINITION && writtenOut.has(definition.name.value) ? [] : [definition];
  });
  return { ...request, operation: replaced, document: { ...document, definitions } };
}

function typenameFor(field: FieldNode): FieldNode {
  const { directives = [] } = field;
  return {
    kind: Kind.FIELD,
    alias: { kind: Kind.NAME, value: responseKeyOf(field) },
    name: { kind: Kind.NAME, value: '__typename' },
    directives,
  };
}
