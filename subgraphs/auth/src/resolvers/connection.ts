import type { Account } from '../domain/account.js';
import type { OnDemand, Page } from '../domain/page.js';
import type { Session } from '../domain/session.js';

/** A page as a Relay connection. */
interface Connection<T> {
  readonly edges: readonly { readonly node: T; readonly cursor: string }[];
  readonly nodes: readonly T[];
  readonly pageInfo: {
    readonly hasNextPage: OnDemand<boolean>;
    readonly hasPreviousPage: OnDemand<boolean>;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
  readonly totalCount: OnDemand<number>;
}

/** What the resolvers of `SessionConnection` start from. */
export type SessionConnectionParent = Connection<Session>;

/** What the resolvers of `UserConnection` start from. */
export type UserConnectionParent = Connection<Account>;

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
