/** Something that was parsed from YAML or JSON, with names. */
export type Mapping = Readonly<Record<string, unknown>>;

/** Takes a parsed value for a mapping; nothing at all is an empty one. */
export function mapping(value: unknown): Mapping {
  if (value === undefined || value === null) return {};
  if (!isMapping(value)) throw new Error(`Expected a mapping, got ${JSON.stringify(value)}`);
  return value;
}

/** Takes a parsed value for a list; nothing at all is an empty one. */
export function list(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new Error(`Expected a list, got ${JSON.stringify(value)}`);
  return value;
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
