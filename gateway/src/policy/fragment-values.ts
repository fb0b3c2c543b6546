import { Kind, type DocumentNode, type FragmentDefinitionNode } from 'graphql';

/**
 * Creates a function that tells a value of each fragment of a document by its name. It is computed once for each
 * fragment, however often and however deeply that is spread: written out, 22 fragments can stand for four million fields.
 *
 * @param compute - May ask for the values of the fragments that it meets.
 * @param nothing - Stands for a fragment that does not exist, and for one that contains itself; validation refuses both.
 */
export function fragmentValues<T>(
  document: DocumentNode,
  compute: (fragment: FragmentDefinitionNode) => T,
  nothing: T,
): (name: string) => T {
  const values = new Map<string, T>();
  const fragments = new Map(
    document.definitions.flatMap((definition) =>
      definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition]] : [],
    ),
  );
  return (name) => {
    const known = values.get(name);
    if (known !== undefined) return known;
    values.set(name, nothing);
    const fragment = fragments.get(name);
    if (fragment !== undefined) values.set(name, compute(fragment));
    return values.get(name) ?? nothing;
  };
}
