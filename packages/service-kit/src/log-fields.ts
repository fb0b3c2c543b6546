/**
 * Everything that a line of the log may say beside time, level, service and message: what this project makes itself,
 * and ids. Nothing that a client has written belongs here, because people type passwords into every field there is
 * (OWASP ASVS 5, 16.2.5).
 */
const LOG_FIELDS = [
  // A failure: its kind, code and place.
  'err',
  // The request that caused the line, and what it asked for in names of the schema.
  'requestId',
  'trace_id',
  'span_id',
  'method',
  'route',
  'status',
  'durationMs',
  'operation',
  'fields',
  'codes',
  'path',
  'clientAddress',
  // Whom it is about.
  'userId',
  'actorId',
  'sessionId',
  // Which part of the system.
  'subgraph',
  'dependency',
  'task',
  'url',
  'signal',
  // A file that the configuration names, by what it is, and its digest.
  'file',
  'sha256',
  // Names of migrations, ids of keys.
  'applied',
  'signing',
  'published',
] as const;

/** What a line of the log says. */
export type LogFields = Readonly<Partial<Record<(typeof LOG_FIELDS)[number], unknown>>>;

const KNOWN: ReadonlySet<string> = new Set(LOG_FIELDS);
const MAX_CHARACTERS = 256;
const MAX_ITEMS = 50;

/** Takes from what was to be logged all that is not on the list, and counts it, so that the mistake shows. */
export function onlyLogFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  let withheld = 0;
  for (const name of Object.keys(fields)) {
    const value = fields[name];
    if (!KNOWN.has(name)) withheld += 1;
    else kept[name] = name === 'err' ? value : bounded(value);
  }
  if (withheld > 0) kept['withheld'] = withheld;
  return kept;
}

function bounded(value: unknown): unknown {
  if (typeof value === 'string') return value.slice(0, MAX_CHARACTERS);
  if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).filter(isSimple).map(bounded);
  return isSimple(value) ? value : undefined;
}

function isSimple(value: unknown): boolean {
  const type = typeof value;
  return value === null || type === 'string' || type === 'number' || type === 'boolean';
}
