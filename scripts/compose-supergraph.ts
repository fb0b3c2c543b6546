import { composeServices } from '@apollo/composition';
import {
  getLocation,
  GraphQLError,
  lexicographicSortSchema,
  parse,
  printSchema,
  Source,
  type DocumentNode,
} from 'graphql';
import { ToolError } from './tool-error.js';

/** A subgraph with the text of its schema. */
export interface SubgraphSource {
  readonly name: string;
  readonly routingUrl: string;
  readonly schemaFile: string;
  readonly sdl: string;
}

/** The two schemas that are committed, and what composition remarked. */
export interface ComposedSupergraph {
  readonly supergraphSdl: string;
  readonly apiSdl: string;
  readonly hints: readonly string[];
}

/**
 * Composes the supergraph and derives the API schema that clients see from it.
 *
 * @throws ToolError naming subgraph, place and reason of everything that stands against composition.
 */
export function composeSupergraph(sources: readonly SubgraphSource[]): ComposedSupergraph {
  const result = composeServices(
    sources.map((source) => ({ name: source.name, url: source.routingUrl, typeDefs: parseSubgraphSdl(source) })),
  );
  if (result.errors) {
    const lines = result.errors.map((error) => `  ${describe(error)}`);
    throw new ToolError(`The subgraphs do not compose:\n${lines.join('\n')}`);
  }
  const apiSchema = result.schema.toAPISchema().toGraphQLJSSchema();
  return {
    supergraphSdl: `${result.supergraphSdl.trimEnd()}\n`,
    // graphql-js prints no applied directives but @deprecated and @specifiedBy, so nothing of federation can slip in.
    apiSdl: `${printSchema(lexicographicSortSchema(apiSchema)).trimEnd()}\n`,
    hints: result.hints.map((hint) => hint.toString()),
  };
}

function parseSubgraphSdl(source: SubgraphSource): DocumentNode {
  try {
    return parse(new Source(source.sdl, source.schemaFile));
  } catch (error) {
    if (!(error instanceof GraphQLError)) {
      throw error;
    }
    throw new ToolError(`Subgraph "${source.name}" cannot be read:\n  ${describe(error)}`);
  }
}

function describe(error: GraphQLError): string {
  const code = error.extensions['code'];
  const message = typeof code === 'string' ? `${code}: ${error.message}` : error.message;
  return [message, ...placesOf(error).map((place) => `    at ${place}`)].join('\n');
}

function placesOf({ nodes, source, positions }: GraphQLError): readonly string[] {
  const inNodes = nodes?.flatMap(({ loc }) => (loc ? [placeOf(loc.source, loc.start)] : [])) ?? [];
  const inSource = source && inNodes.length === 0 ? (positions?.map((at) => placeOf(source, at)) ?? []) : [];
  return [...new Set([...inNodes, ...inSource])];
}

function placeOf(source: Source, position: number): string {
  const { line, column } = getLocation(source, position);
  return `${source.name}:${String(line)}:${String(column)}`;
}
