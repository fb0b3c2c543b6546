import { requireViewer } from '@identity/service-kit/authentication';
import { badUserInput } from '@identity/service-kit/errors';
import type { SubgraphRequest } from '@identity/service-kit/subgraph-request';
import { createSubgraphSchema } from '@identity/service-kit/subgraph-schema';
import type { GraphQLSchema } from 'graphql';

/** What a resolver knows of its request. */
export interface NotesContext extends SubgraphRequest {
  /** The notes of each account, latest first. A real subgraph has a database here. */
  readonly notes: Map<string, readonly string[]>;
}

interface User {
  readonly id: string;
}

const MAX_CHARACTERS = 1_000;

const resolvers = {
  User: {
    // Whoever holds the key holds the entity: there is nothing to look up.
    __resolveReference: ({ id }: User): User => ({ id }),

    notes: ({ id }: User, _arguments: unknown, { notes }: NotesContext) =>
      (notes.get(id) ?? []).map((text) => ({ text })),
  },

  Mutation: {
    addNote(_parent: unknown, { text }: { readonly text: string }, { authentication, notes }: NotesContext): User {
      const { userId } = requireViewer(authentication);
      if (text.length > MAX_CHARACTERS) throw badUserInput('text', `at most ${String(MAX_CHARACTERS)} characters`);
      notes.set(userId, [text, ...(notes.get(userId) ?? [])]);
      return { id: userId };
    },
  },
};

export function createSchema(): GraphQLSchema {
  return createSubgraphSchema(new URL('../schema.graphql', import.meta.url), resolvers, {
    User: ({ id }: User) => ({ userId: id }),
  });
}
