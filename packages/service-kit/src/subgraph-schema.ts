import { readFileSync } from 'node:fs';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { parse, type GraphQLSchema } from 'graphql';

type ResolverMap = NonNullable<Extract<Parameters<typeof buildSubgraphSchema>[0], { typeDefs: unknown }>['resolvers']>;

/**
 * Builds a subgraph's schema from the SDL file that is also composed into the supergraph.
 *
 * @param resolvers - Checked against the SDL by the types that codegen has generated.
 */
export function createSubgraphSchema(sdl: URL, resolvers: object): GraphQLSchema {
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- the library's type demands an index signature, which the generated types rightly do not have
  const resolverMap = resolvers as ResolverMap;
  return buildSubgraphSchema([{ typeDefs: parse(readFileSync(sdl, 'utf8')), resolvers: resolverMap }]);
}
