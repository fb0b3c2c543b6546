import {
  Kind,
  type DocumentNode,
  type FieldNode,
  type FragmentSpreadNode,
  type InlineFragmentNode,
  type SelectionSetNode,
} from 'graphql';
import { fragmentValues } from './fragment-values.js';

/** How large an operation is, counted as if every fragment were written out wherever it is spread. */
export interface OperationSize {
  /** Fields and fragments. */
  readonly selections: number;
  /** Fields inside of fields; introspection counts apart. */
  readonly depth: number;
  readonly aliases: number;
  /** Fields of the root type. */
  readonly rootFields: number;
  readonly directives: number;
  /** Fields inside of fields, below and with `__schema` and `__type`. */
  readonly introspectionDepth: number;
  /** Aliases below `__schema` and `__type`. */
  readonly introspectionAliases: number;
  /** How often the whole schema is asked for. */
  readonly schemas: number;
}

const NOTHING: OperationSize = {
  selections: 0,
  depth: 0,
  aliases: 0,
  rootFields: 0,
  directives: 0,
  introspectionDepth: 0,
  introspectionAliases: 0,
  schemas: 0,
};

/**
 * Measures a document that has been parsed and nothing else: it need not fit any schema. Of several operations the
 * result has the largest of each; fragments that nobody spreads count as one more, because validation reads them, too.
 * Takes time in proportion to the text, whatever the fragments would add up to.
 */
export function sizeOf(document: DocumentNode): OperationSize {
  const sizeOfFragment = fragmentValues(
    document,
    (fragment) => withDirectives(sizeOfSelections(fragment.selectionSet), fragment),
    NOTHING,
  );

  const spread = new Set<string>();

  function sizeOfSelections({ selections }: SelectionSetNode): OperationSize {
    return selections.map(sizeOfSelection).reduce(together, NOTHING);
  }

  function sizeOfSelection(selection: SelectionSetNode['selections'][number]): OperationSize {
    switch (selection.kind) {
      case Kind.FIELD:
        return sizeOfField(
          selection,
          selection.selectionSet === undefined ? NOTHING : sizeOfSelections(selection.selectionSet),
        );
      case Kind.INLINE_FRAGMENT:
        return withFragment(selection, sizeOfSelections(selection.selectionSet));
      case Kind.FRAGMENT_SPREAD:
        spread.add(selection.name.value);
        return withFragment(selection, sizeOfFragment(selection.name.value));
    }
  }

  const operations: OperationSize[] = [];
  // Not by name: several of the same name hide each other.
  const fragments: { readonly name: string; readonly size: OperationSize }[] = [];
  for (const definition of document.definitions) {
    if (definition.kind === Kind.OPERATION_DEFINITION)
      operations.push(withDirectives(sizeOfSelections(definition.selectionSet), definition));
    if (definition.kind === Kind.FRAGMENT_DEFINITION) {
      const size = withDirectives(sizeOfSelections(definition.selectionSet), definition);
      fragments.push({ name: definition.name.value, size: { ...size, rootFields: 0 } });
    }
  }
  const unused = fragments.filter(({ name }) => !spread.has(name)).map(({ size }) => size);
  return [...operations, ...fragments.map(({ size }) => size), unused.reduce(together, NOTHING)].reduce(
    largest,
    NOTHING,
  );
}

function sizeOfField(field: FieldNode, below: OperationSize): OperationSize {
  const introspection = field.name.value === '__schema' || field.name.value === '__type';
  return withDirectives(
    {
      ...below,
      selections: below.selections + 1,
      depth: introspection ? 1 : below.depth + 1,
      aliases: below.aliases + (field.alias === undefined ? 0 : 1),
      rootFields: 1,
      introspectionDepth: introspection ? below.depth + 1 : below.introspectionDepth,
      introspectionAliases: introspection ? below.aliases : below.introspectionAliases,
      schemas: below.schemas + (field.name.value === '__schema' ? 1 : 0),
    },
    field,
  );
}

function withFragment(fragment: FragmentSpreadNode | InlineFragmentNode, inside: OperationSize): OperationSize {
  return withDirectives({ ...inside, selections: inside.selections + 1 }, fragment);
}

function withDirectives(
  size: OperationSize,
  { directives = [] }: { readonly directives?: readonly unknown[] | undefined },
): OperationSize {
  return { ...size, directives: size.directives + directives.length };
}

function together(one: OperationSize, other: OperationSize): OperationSize {
  return {
    selections: one.selections + other.selections,
    depth: Math.max(one.depth, other.depth),
    aliases: one.aliases + other.aliases,
    rootFields: one.rootFields + other.rootFields,
    directives: one.directives + other.directives,
    introspectionDepth: Math.max(one.introspectionDepth, other.introspectionDepth),
    introspectionAliases: one.introspectionAliases + other.introspectionAliases,
    schemas: one.schemas + other.schemas,
  };
}

function largest(one: OperationSize, other: OperationSize): OperationSize {
  return {
    selections: Math.max(one.selections, other.selections),
    depth: Math.max(one.depth, other.depth),
    aliases: Math.max(one.aliases, other.aliases),
    rootFields: Math.max(one.rootFields, other.rootFields),
    directives: Math.max(one.directives, other.directives),
    introspectionDepth: Math.max(one.introspectionDepth, other.introspectionDepth),
    introspectionAliases: Math.max(one.introspectionAliases, other.introspectionAliases),
    schemas: Math.max(one.schemas, other.schemas),
  };
}
