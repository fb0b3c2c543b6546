/** A request as an attacker writes it; `salt` makes it one that no cache knows. */
export interface WorstRequest {
  readonly what: string;
  readonly body: (salt: string, known: Known) => string;
  readonly asSomebody?: boolean;
  /** By the one whose preferences have more values than an answer may have, 100 times over. */
  readonly asCrowded?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
  /** The bound, in milliseconds; 100 unless given. */
  readonly limitMs?: number;
  /** How large the answer is at least: whether the request really brings what it is about. */
  readonly minBytes?: number;
}

/** What an attacker who has registered knows; the profiles are as large as can be. */
export interface Known {
  /** Of the attacker. */
  readonly ownId: string;
  /** Of somebody else. */
  readonly userId: string;
  readonly sessionId: string;
  readonly crowdedId: string;
}

export const times = (count: number, text: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => text(index)).join(' ');

/** An operation named after the salt. */
export const operation =
  (text: string, variables?: (known: Known) => unknown): WorstRequest['body'] =>
  (salt, known) =>
    JSON.stringify({ query: `query Q${salt} ${text}`, variables: variables?.(known) });

export const mutation =
  (text: string, variables?: (known: Known) => unknown): WorstRequest['body'] =>
  (salt, known) =>
    JSON.stringify({ query: `mutation Q${salt} ${text}`, variables: variables?.(known) });

export const doubling = (levels: number, between: (spread: string) => string): string =>
  `${times(levels, (level) => `fragment F${String(level)} on User { ${between(`...F${String(level + 1)}`)} }`)} fragment F${String(levels)} on User { id }`;

export const long = (size: number): string => 'x'.repeat(size);
