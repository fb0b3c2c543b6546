import type { Page } from '../domain/page.js';
import type { Session } from '../domain/session.js';

/** A page as a Relay connection. The total is counted only if it is asked for. */
interface Connection<T> {
  readonly edges: readonly { readonly node: T; readonly cursor: string }[];
  readonly nodes: readonly T[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
  readonly totalCount: () => Promise<number>;
}

/** What the resolvers of `SessionConnection` start from. */
export type SessionConnectionParent = Connection<Session>;

export function toConnection<T>({ edges, hasNextPage, hasPreviousPage, totalCount }: Page<T>): Connection<T> {
  return {
    edges,
    nodes: edges.map(({ node }) => node),
    pageInfo: {
      hasNextPage,
      hasPreviousPage,
      startCursor: edges.at(0)?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
    totalCount,
  };
}
