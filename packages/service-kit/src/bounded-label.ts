/** Stands for whatever is beyond the bounds. Like all values in brackets it is no name of GraphQL. */
export const OTHER = '(other)';

const MAX_CHARACTERS = 64;

/**
 * Bounds the values of a label that others make up: every value is a time series that is kept as long as the process
 * lives. The first `max` different ones stand for themselves.
 */
export function createBoundedLabel(max: number): (value: string) => string {
  const known = new Set<string>();
  return (value) => {
    if (known.has(value)) return value;
    if (known.size >= max || value.length > MAX_CHARACTERS) return OTHER;
    known.add(value);
    return value;
  };
}
