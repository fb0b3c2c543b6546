import { Kind, type DocumentNode, type FieldNode, type OperationDefinitionNode, type SelectionSetNode } from 'graphql';
import type { ResponsePath } from './subgraph-answer.js';

/** Cuts a path where the client's operation ends. */
export type ClipPath = (path: ResponsePath) => ResponsePath;

/**
 * Creates a function that cuts paths down to what the operation asks for: a query plan also fetches fields for its own
 * use and renames fields that would collide, and neither may show in the path of an error.
 */
export function createPathClipper(document: DocumentNode, operation: OperationDefinitionNode): ClipPath {
  const fragments = new Map(
    document.definitions.flatMap((definition) =>
      definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition.selectionSet]] : [],
    ),
  );
  const known = new Map<string, readonly SelectionSetNode[] | null>();

  /** The selections below a field, given those around it; null when there is no such field. Asked once for each place. */
  function below(place: string, around: readonly SelectionSetNode[], name: string): readonly SelectionSetNode[] | null {
    const cached = known.get(place);
    if (cached !== undefined) return cached;
    const fields = fieldsOf(around, fragments).filter((field) => (field.alias ?? field.name).value === name);
    const selections = fields.length === 0 ? null : fields.flatMap(({ selectionSet }) => selectionSet ?? []);
    known.set(place, selections);
    return selections;
  }

  return (path) => {
    let around: readonly SelectionSetNode[] = [operation.selectionSet];
    let place = '';
    const end = path.findIndex((segment) => {
      if (typeof segment === 'number') return false;
      place = `${place}.${segment}`;
      const selections = below(place, around, segment);
      around = selections ?? [];
      return selections === null;
    });
    return end === -1 ? path : path.slice(0, end);
  };
}

/** Looks into each fragment once, so that fragments which spread each other many times over cost no more than their text. */
function fieldsOf(
  selectionSets: readonly SelectionSetNode[],
  fragments: ReadonlyMap<string, SelectionSetNode>,
): readonly FieldNode[] {
  const fields: FieldNode[] = [];
  const seen = new Set<SelectionSetNode>();
  const pending = [...selectionSets];
  for (let current = pending.pop(); current !== undefined; current = pending.pop()) {
    if (seen.has(current)) continue;
    seen.add(current);
    for (const selection of current.selections) {
      if (selection.kind === Kind.FIELD) fields.push(selection);
      else {
        const nested =
          selection.kind === Kind.INLINE_FRAGMENT ? selection.selectionSet : fragments.get(selection.name.value);
        if (nested !== undefined) pending.push(nested);
      }
    }
  }
  return fields;
}
