import { ConfigurationError } from '@identity/service-kit/environment';
import { ENCRYPT_CALLS, isPlainHttpElsewhere } from '@identity/service-kit/production-rules';
import { Kind, parse, print, type ConstDirectiveNode, type DocumentNode, type EnumValueDefinitionNode } from 'graphql';
import { relaxSecurityLinks } from './authorization/security-links.js';
import type { GatewayConfig } from './config.js';

/** A part of the supergraph. */
export interface Subgraph {
  readonly name: string;
  /** Where its GraphQL endpoint is. */
  readonly url: string;
}

/** A composed schema and where its parts are. */
export interface Supergraph {
  /** In the form in which `@apollo/gateway` loads it. */
  readonly sdl: string;
  readonly subgraphs: readonly Subgraph[];
}

/**
 * Reads a composed supergraph.
 *
 * @throws ConfigurationError when it is no supergraph, when a subgraph has no usable address or one that production
 * may not call, or when the configuration speaks of a subgraph that does not exist.
 */
export function parseSupergraph(
  sdl: string,
  {
    supergraphPath: path,
    subgraphUrls,
    plainHttpToSubgraphs,
    refreshCookieSubgraph,
  }: Pick<GatewayConfig, 'supergraphPath' | 'subgraphUrls' | 'plainHttpToSubgraphs' | 'refreshCookieSubgraph'>,
): Supergraph {
  const document = parseDocument(sdl, path);
  const routing = routingOf(document, path);
  const overrides = new Map(Object.entries(subgraphUrls).map(([name, url]) => [variableName(name), url]));
  const subgraphs = routing.map(({ name, url }) => ({ name, url: overrides.get(variableName(name)) ?? url }));
  const names = new Set(subgraphs.map(({ name }) => variableName(name)));
  const problems = [
    ...subgraphs
      .filter(({ url }) => !isHttpUrl(url))
      .map(({ name }) => `SUBGRAPH_URL_${variableName(name)}: the supergraph has no usable address for "${name}"`),
    ...subgraphs
      .filter(({ url }) => !plainHttpToSubgraphs && isPlainHttpElsewhere(url))
      .map(({ name }) => `SUBGRAPH_URL_${variableName(name)}: ${ENCRYPT_CALLS}`),
    ...[...overrides.keys()]
      .filter((name) => !names.has(name))
      .map((name) => `SUBGRAPH_URL_${name}: the supergraph has no such subgraph`),
    ...(refreshCookieSubgraph === null || subgraphs.some(({ name }) => name === refreshCookieSubgraph)
      ? []
      : ['REFRESH_COOKIE_SUBGRAPH: the supergraph has no such subgraph']),
  ];
  if (problems.length > 0) throw new ConfigurationError(problems);
  return { sdl: print(relaxSecurityLinks(document)), subgraphs };
}

function parseDocument(sdl: string, path: string): DocumentNode {
  try {
    return parse(sdl);
  } catch (error) {
    throw noSupergraph(path, error instanceof Error ? error.message : String(error));
  }
}

function routingOf({ definitions }: DocumentNode, path: string): readonly Subgraph[] {
  const subgraphs = definitions
    .flatMap((definition) =>
      definition.kind === Kind.ENUM_TYPE_DEFINITION && definition.name.value === 'join__Graph'
        ? (definition.values ?? [])
        : [],
    )
    .map(subgraphOf);
  if (subgraphs.length === 0) throw noSupergraph(path, 'it names no subgraphs');
  return subgraphs;
}

function noSupergraph(path: string, reason: string): ConfigurationError {
  return new ConfigurationError([`SUPERGRAPH_PATH: ${path} is not a supergraph: ${reason}`]);
}

function subgraphOf(value: EnumValueDefinitionNode): Subgraph {
  const directive = value.directives?.find(({ name }) => name.value === 'join__graph');
  return { name: argumentOf(directive, 'name') ?? value.name.value, url: argumentOf(directive, 'url') ?? '' };
}

function argumentOf(directive: ConstDirectiveNode | undefined, name: string): string | undefined {
  const value = directive?.arguments?.find((argument) => argument.name.value === name)?.value;
  return value?.kind === Kind.STRING ? value.value : undefined;
}

/** The form of a subgraph's name in environment variables. */
function variableName(name: string): string {
  return name.toUpperCase().replaceAll('-', '_');
}

function isHttpUrl(value: string): boolean {
  return URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
}
