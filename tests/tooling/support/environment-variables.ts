import { parse } from 'yaml';
import { readText } from '../../../scripts/project-files.js';
import { readComposeFile, referencesIn } from './compose-file.js';
import { mapping } from './mapping.js';

/** Who reads variables, and where. */
export const CONFIGS = {
  gateway: 'gateway/src/config.ts',
  auth: 'subgraphs/auth/src/config.ts',
  users: 'subgraphs/users/src/config.ts',
  embedded: 'scripts/config.ts',
} as const;

/** Someone who reads variables. */
export type Reader = keyof typeof CONFIGS;

/** Variables that stand elsewhere, by what configurations call them. */
const ELSEWHERE = {
  traceVariables: 'packages/service-kit/src/trace-settings.ts',
  timeoutVariables: 'gateway/src/timeouts.ts',
  entityVariables: 'packages/service-kit/src/representations.ts',
} as const;

/** The variables in the schema of a configuration, and those it takes by a prefix and a subgraph's name. */
export async function variablesOf(reader: Reader): Promise<readonly string[]> {
  const source = await readText(CONFIGS[reader]);
  const [, schema] = /^const environmentSchema = z\.object\(\{\n(.*?)^\}\);/ms.exec(source) ?? [];
  if (schema === undefined) throw new Error(`${CONFIGS[reader]}: the schema of the environment was not found`);
  const names = namesIn(await completed(schema), CONFIGS[reader]);
  const prefixes = [...source.matchAll(/^const \w+_PREFIX = '([A-Z_]+_)';/gm)].map(([, prefix = '']) => prefix);
  const subgraphs = await subgraphNames();
  return [...names, ...prefixes.flatMap((prefix) => subgraphs.map((name) => `${prefix}${name.toUpperCase()}`))];
}

/** Every variable with everyone who reads it; Compose is one of them. */
export async function readersByVariable(): Promise<Readonly<Record<string, readonly string[]>>> {
  const compose = referencesIn(JSON.stringify(await readComposeFile()));
  const readers: [string, readonly string[]][] = [['compose', compose]];
  for (const reader of ['gateway', 'auth', 'users', 'embedded'] as const) {
    readers.push([reader, await variablesOf(reader)]);
  }
  const names = new Set(readers.flatMap(([, variables]) => variables));
  return Object.fromEntries(
    [...names].map((name) => [
      name,
      readers.filter(([, variables]) => variables.includes(name)).map(([reader]) => reader),
    ]),
  );
}

async function completed(schema: string): Promise<string> {
  let complete = schema;
  for (const [name, file] of Object.entries(ELSEWHERE)) {
    const [, variables = ''] =
      new RegExp(`^export const ${name} = \\{\\n(.*?)^\\};`, 'ms').exec(await readText(file)) ?? [];
    complete = complete.replace(`  ...${name},\n`, variables);
  }
  return complete;
}

function namesIn(schema: string, file: string): readonly string[] {
  const names = [...schema.matchAll(/^ {2}([A-Z][A-Z0-9_]*):/gm)].map(([, name = '']) => name);
  const lines = schema.split('\n').filter((line) => /^ {2}\S/.test(line) && !/^ {2}[}\])/]/.test(line));
  if (names.length === 0 || names.length !== lines.length) {
    throw new Error(`${file}: ${String(lines.length)} entries, but ${String(names.length)} variables`);
  }
  return names;
}

async function subgraphNames(): Promise<readonly string[]> {
  return Object.keys(mapping(mapping(parse(await readText('supergraph.yaml')))['subgraphs']));
}
