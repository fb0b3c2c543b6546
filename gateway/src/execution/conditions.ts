import { Kind, type DirectiveNode, type OperationDefinitionNode, type SelectionNode, type ValueNode } from 'graphql';

/** What a client has given. */
export type Variables = Readonly<Record<string, unknown>>;

/** The value of a variable that decides what is fetched or answered. */
export type ConditionValue = (name: string) => boolean;

/** Directives that say whether something is selected. */
const CONDITIONAL: ReadonlySet<string> = new Set(['skip', 'include']);

/** Whether a selection carries nothing but `@skip` and `@include`. */
export function hasKnownDirectives({ directives = [] }: SelectionNode): boolean {
  return directives.every(({ name }) => CONDITIONAL.has(name.value));
}

/** Reads the defaults of an operation's Boolean variables. */
export function booleanDefaults({ variableDefinitions = [] }: OperationDefinitionNode): Variables {
  return Object.fromEntries(
    variableDefinitions.flatMap(({ variable, defaultValue }) =>
      defaultValue?.kind === Kind.BOOLEAN ? [[variable.name.value, defaultValue.value]] : [],
    ),
  );
}

/**
 * Creates the lookup of conditions for one request.
 *
 * @throws Error in the lookup of one that is neither true nor false: a client may give null where there is a default.
 */
export function conditionsOf(variables: Variables, defaults: Variables): ConditionValue {
  return (name) => {
    const given = Object.hasOwn(variables, name) ? variables[name] : undefined;
    const value = given === undefined ? defaults[name] : given;
    if (typeof value !== 'boolean') throw new Error(`the condition $${name} is neither true nor false`);
    return value;
  };
}

/** Whether a selection is part of the operation. */
export function isIncluded({ directives = [] }: SelectionNode, valueOf: ConditionValue): boolean {
  return directives.every((directive) => ifValue(directive, valueOf) === (directive.name.value === 'include'));
}

/** The variables on which it depends what is selected. */
export function conditionVariables(selection: SelectionNode): readonly string[] {
  return (selection.directives ?? []).flatMap((directive) => {
    const value = ifArgument(directive);
    return value?.kind === Kind.VARIABLE ? [value.name.value] : [];
  });
}

function ifValue(directive: DirectiveNode, valueOf: ConditionValue): boolean {
  const value = ifArgument(directive);
  if (value?.kind === Kind.VARIABLE) return valueOf(value.name.value);
  return value?.kind === Kind.BOOLEAN && value.value;
}

function ifArgument({ arguments: values = [] }: DirectiveNode): ValueNode | undefined {
  return values.find(({ name }) => name.value === 'if')?.value;
}
