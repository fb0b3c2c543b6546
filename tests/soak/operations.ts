/** Who sends the operations. */
export interface Sender {
  readonly id: string;
}

/** What people do day by day; the number makes it unlike any other. */
const KINDS: readonly ((number: number, sender: Sender) => string)[] = [
  (number) => `query Soak${number} { me { id u${number}: username } }`,
  (number) => `query Soak${number} { me { id username profile { b${number}: bio } } }`,
  (number) => `query Soak${number} { me { sessions(first: 3) { nodes { s${number}: id lastUsedAt } } } }`,
  (number, { id }) => `query Soak${number} { node(id: "${id}") { id ... on User { u${number}: username } } }`,
  (number, { id }) => `query Soak${number} { nodes(ids: ["${id}"]) { ... on User { profile { b${number}: bio } } } }`,
  (number) =>
    `mutation Soak${number} { updateProfile(input: { bio: "${number}" }) { user { profile { v${number}: version } } } }`,
];

/** An operation that nobody else sends: each kind in turn. */
export function operationOf(number: number, sender: Sender): string {
  return KINDS[number % KINDS.length]?.(number, sender) ?? '';
}
