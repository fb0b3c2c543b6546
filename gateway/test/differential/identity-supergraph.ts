import { readFile } from 'node:fs/promises';
import { parse, print } from 'graphql';
import { relaxSecurityLinks } from '../../src/authorization/security-links.js';
import type { TestSubgraph } from './supergraphs.js';

const ROOT = new URL('../../../', import.meta.url);

/** The supergraph of this project, and what its subgraphs say of themselves. */
export async function readIdentitySupergraph(): Promise<{
  readonly supergraphSdl: string;
  readonly subgraphs: readonly TestSubgraph[];
}> {
  const [supergraph, auth, users] = await Promise.all(
    ['schema/supergraph.graphql', 'subgraphs/auth/schema.graphql', 'subgraphs/users/schema.graphql'].map((path) =>
      readFile(new URL(path, ROOT), 'utf8'),
    ),
  );
  return {
    supergraphSdl: print(relaxSecurityLinks(parse(supergraph ?? ''))),
    subgraphs: [
      { name: 'auth', sdl: auth ?? '' },
      { name: 'users', sdl: users ?? '' },
    ],
  };
}
