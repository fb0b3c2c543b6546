import { badUserInput } from '@identity/service-kit/errors';
import { isIdOf } from './ids.js';

/** A value that is only found out if somebody asks for it: a client that does not ask does not pay. */
export type OnDemand<T> = () => Promise<T>;

/** A page of a list that is read by key (Relay cursor connections). */
export interface Page<T> {
  readonly edges: readonly { readonly node: T; readonly cursor: string }[];
  readonly hasNextPage: OnDemand<boolean>;
  readonly hasPreviousPage: OnDemand<boolean>;
  readonly totalCount: OnDemand<number>;
}

const DEFAULT_SIZE = 20;
const MAX_SIZE = 100;

/** The cursor of an entry whose id sorts the list. */
export function cursorOf(id: string): string {
  return Buffer.from(id).toString('base64url');
}

/**
 * The id that a cursor of a list of such things stands for; null for none.
 *
 * @throws PublicError BAD_USER_INPUT naming the argument when it is no cursor of this list.
 */
export function idOfCursor(kind: 'user' | 'session', argument: string, cursor: string | null): string | null {
  if (cursor === null) return null;
  const id = Buffer.from(cursor, 'base64url').toString('latin1');
  if (cursor.length > 128 || cursorOf(id) !== cursor || !isIdOf(kind, id))
    throw badUserInput(argument, 'is not a cursor of this list');
  return id;
}

/**
 * How many entries a page holds: 0 to 100, 20 when nothing is said.
 *
 * @throws PublicError BAD_USER_INPUT naming the argument.
 */
export function pageSize(argument: string, wanted: number | null): number {
  const size = wanted ?? DEFAULT_SIZE;
  if (size < 0 || size > MAX_SIZE) throw badUserInput(argument, `must be from 0 to ${String(MAX_SIZE)}`);
  return size;
}
