import { badUserInput } from '@identity/service-kit/errors';

/** One page of a list that is read by key (Relay cursor connections). */
export interface Page<T> {
  readonly edges: readonly { readonly node: T; readonly cursor: string }[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  /** Counts on demand: a client that does not ask does not pay. */
  readonly totalCount: () => Promise<number>;
}

/** The cursor of an entry whose id sorts the list. */
export function cursorOf(id: string): string {
  return Buffer.from(id).toString('base64url');
}

/**
 * The id that a cursor stands for.
 *
 * @throws PublicError BAD_USER_INPUT naming the argument when it is no cursor.
 */
export function idOfCursor(argument: string, cursor: string): string {
  const id = Buffer.from(cursor, 'base64url').toString('latin1');
  if (cursor.length > 128 || cursorOf(id) !== cursor || !/^[a-z]+_[0-9a-z]{26}$/.test(id))
    throw badUserInput(argument, 'is not a cursor of this list');
  return id;
}
