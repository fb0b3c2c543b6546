import { LineCounter, parseDocument } from 'yaml';
import { ToolError } from './tool-error.js';

/** One subgraph of the supergraph, as `supergraph.yaml` names it. */
export interface SubgraphEntry {
  readonly name: string;
  readonly routingUrl: string;
  /** As written: relative to the folder of `supergraph.yaml`. */
  readonly schemaFile: string;
}

/** What `supergraph.yaml` says, with its environment references resolved. */
export interface SupergraphConfig {
  readonly federationVersion: string;
  readonly subgraphs: readonly SubgraphEntry[];
}

type Environment = Readonly<Record<string, string | undefined>>;

const REFERENCE = /\$\{([^}]*)\}/g;
const ENV_REFERENCE = /^env\.([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s;

/**
 * Reads a configuration in Rover's format. Only static schema files are accepted: a supergraph that depends on a
 * running service cannot be reproduced.
 *
 * @throws ToolError naming the key at fault.
 */
export function parseSupergraphConfig(text: string, env: Environment): SupergraphConfig {
  const root = mappingOf(parseYaml(text), 'the document');
  refuseUnknownKeys(root, ['federation_version', 'subgraphs'], '');
  const federationVersion = root['federation_version'];
  if (typeof federationVersion !== 'string' && typeof federationVersion !== 'number') {
    throw new ToolError('supergraph.yaml: federation_version is missing, for example `federation_version: =2.14.4`');
  }
  const subgraphs = Object.entries(mappingOf(root['subgraphs'], 'subgraphs')).map(([name, entry]) =>
    parseSubgraph(name, entry, env),
  );
  if (subgraphs.length === 0) {
    throw new ToolError('supergraph.yaml: subgraphs is empty');
  }
  return { federationVersion: String(federationVersion), subgraphs };
}

function parseYaml(text: string): unknown {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [error] = document.errors;
  if (error) {
    const { line, col } = lines.linePos(error.pos[0]);
    throw new ToolError(`supergraph.yaml:${String(line)}:${String(col)}: ${error.message}`);
  }
  return document.toJS();
}

function parseSubgraph(name: string, value: unknown, env: Environment): SubgraphEntry {
  const key = `subgraphs.${name}`;
  const entry = mappingOf(value, key);
  refuseUnknownKeys(entry, ['routing_url', 'schema'], key);
  const schema = mappingOf(entry['schema'], `${key}.schema`);
  refuseUnknownKeys(schema, ['file'], `${key}.schema`);
  return {
    name,
    routingUrl: httpUrl(stringOf(entry['routing_url'], `${key}.routing_url`, env), `${key}.routing_url`),
    schemaFile: stringOf(schema['file'], `${key}.schema.file`, env),
  };
}

function mappingOf(value: unknown, key: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ToolError(`supergraph.yaml: ${key} must be a mapping`);
  }
  return Object.fromEntries(Object.entries(value));
}

function refuseUnknownKeys(mapping: Readonly<Record<string, unknown>>, known: readonly string[], key: string): void {
  const unknown = Object.keys(mapping).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const path = key === '' ? unknown : `${key}.${unknown}`;
    throw new ToolError(`supergraph.yaml: ${path} is not supported; known here: ${known.join(', ')}`);
  }
}

function stringOf(value: unknown, key: string, env: Environment): string {
  if (typeof value !== 'string') {
    throw new ToolError(`supergraph.yaml: ${key} must be a string`);
  }
  const resolved = value.replace(REFERENCE, (reference, expression: string) => {
    const [, name, fallback] = ENV_REFERENCE.exec(expression) ?? [];
    if (name === undefined) {
      throw new ToolError(
        `supergraph.yaml: ${key}: cannot interpolate ${reference}; use \${env.NAME} or \${env.NAME:-default}`,
      );
    }
    const resolvedReference = env[name] ?? fallback;
    if (resolvedReference === undefined) {
      throw new ToolError(`supergraph.yaml: ${key} needs the environment variable ${name}, which is not set`);
    }
    return resolvedReference;
  });
  if (resolved === '') {
    throw new ToolError(`supergraph.yaml: ${key} is empty`);
  }
  return resolved;
}

function httpUrl(value: string, key: string): string {
  if (!URL.canParse(value) || !/^https?:$/.test(new URL(value).protocol)) {
    throw new ToolError(`supergraph.yaml: ${key} must be an http or https URL, not "${value}"`);
  }
  return value;
}
