import { readFileSync } from 'node:fs';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { parse, type GraphQLSchema } from 'graphql';
import { recordOutcomes } from './operation-record.js';
import { enforceAuthorization, refuseUnenforcedDirectives, type FindSubject } from './schema-authorization.js';
import type { Subject } from './self-access.js';

type ResolverMap = NonNullable<Extract<Parameters<typeof buildSubgraphSchema>[0], { typeDefs: unknown }>['resolvers']>;

/** Tells whose an object is, for each type that has fields with `@self`. */
export type Subjects<TParents> = { readonly [TType in keyof TParents]?: (parent: TParents[TType]) => Subject };

/**
 * Builds a subgraph's schema from the SDL file that is also composed into the supergraph. Its fields keep what the file
 * declares of authorization.
 *
 * @param resolvers - Checked against the SDL by the types that codegen has generated.
 * @param subjects - Needed for types with `@self`. What the functions are given is what the type's resolvers start from.
 * @throws Error when a field could not be kept as declared.
 */
export function createSubgraphSchema<TParents extends object>(
  sdl: URL,
  resolvers: object,
  subjects: Subjects<TParents> = {},
): GraphQLSchema {
  const typeDefs = parse(readFileSync(sdl, 'utf8'));
  refuseUnenforcedDirectives(typeDefs);
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- the library's type demands an index signature, which the generated types rightly do not have
  const resolverMap = resolvers as ResolverMap;
  const schema = buildSubgraphSchema([{ typeDefs, resolvers: resolverMap }]);
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- graphql-js passes what a type's resolvers start from as unknown; the generated types say what it is
  enforceAuthorization(schema, new Map(Object.entries(subjects as Readonly<Record<string, FindSubject>>)));
  recordOutcomes(schema);
  return schema;
}
