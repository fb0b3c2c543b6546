import { doubling, long, mutation, operation, times, type WorstRequest } from './request-texts.js';

const PROFILE =
  'profile { displayName bio avatarUrl version updatedAt preferences { theme locale timeZone emailNotifications custom } }';

/** What is large or intricate in the text of an operation. */
export const WORST_DOCUMENTS: readonly WorstRequest[] = [
  {
    what: 'fragments that stand for 2^22 fields',
    limitMs: 50,
    body: operation(`{ me { ...F0 } } ${doubling(22, (next) => `${next} ${next}`)}`),
  },
  {
    what: 'fragments that double, below aliases',
    limitMs: 50,
    body: operation(`{ me { ...F0 } } ${doubling(22, (next) => `a: id ${next} b: id ${next}`)}`),
  },
  {
    what: 'a bomb that no operation uses',
    limitMs: 50,
    body: operation(`{ me { id } } ${doubling(22, (next) => `${next} ${next}`)}`),
  },
  { what: 'the same field 490 times', body: operation(`{ me { ${times(490, () => 'username')} } }`) },
  {
    what: 'the same field 1,960 times in a fragment that no operation uses',
    body: operation(`{ me { id } } fragment F on User { ${times(1_960, () => 'id')} }`),
  },
  {
    what: 'unused fragments that spread each other',
    body: operation(
      `{ me { id } } ${times(55, (n) => `fragment F${String(n)} on User { ${times(14, (m) => `...F${String((n + m + 1) % 55)}`)} ${times(2, () => 'id')} }`)}`,
    ),
  },
  {
    what: 'unused fragments of the same fields, spread in one',
    body: operation(
      `{ me { id } } fragment A on User { ${times(100, (n) => `...F${String(n)}`)} } ${times(100, (n) => `fragment F${String(n)} on User { ${times(10, () => 'id')} }`)}`,
    ),
  },
  {
    what: 'a field with an argument of 290 letters, 190 times',
    body: operation(`{ me { ${times(190, () => `sessions(after: "${long(290)}") { totalCount }`)} } }`),
  },
  {
    what: 'a field with a list of 80 items, 20 times',
    body: operation(`{ ${times(20, () => `nodes(ids: [${times(80, (n) => `"${String(n)}"`)}]) { id }`)} }`),
  },
  {
    what: 'a field with an argument, 150 times in an unused fragment',
    body: operation(
      `{ me { id } } fragment F on User { ${times(150, () => `sessions(first: 1, after: "${long(300)}") { totalCount }`)} }`,
    ),
  },
  {
    what: 'copies of nested fields',
    body: operation(
      `{ me { ${times(60, () => 'sessions { nodes { id } edges { cursor node { id deviceName } } }')} } }`,
    ),
  },
  {
    what: 'levels of inline fragments',
    body: operation(`{ me { ${'... on User { '.repeat(95)} id ${'}'.repeat(95)} } }`),
  },
  {
    what: 'levels of interfaces',
    body: operation(
      `{ node(id: "a") { ${'... on Node { ... on User { ... on Node { id } } '.repeat(23)} id ${'}'.repeat(23)} } }`,
    ),
    asSomebody: true,
  },
  {
    what: 'interfaces beside each other',
    body: operation(
      `{ ${times(9, (n) => `n${String(n)}: node(id: "a") { ${times(6, () => '... on Node { id ... on User { username profile { bio } } ... on Session { id } }')} }`)} }`,
    ),
    asSomebody: true,
  },
  {
    what: '50 aliases of entities',
    body: operation(
      `{ ${times(15, (n) => `n${String(n)}: user(id: "user_${String(n)}") { ${times(2, (m) => `a${String(m)}: profile { bio preferences { theme } }`)} ...P }`)} } fragment P on User { ${PROFILE} }`,
    ),
    asSomebody: true,
  },
  {
    what: 'a condition on every field',
    body: (salt) =>
      JSON.stringify({
        query: `query Q${salt}(${times(25, (n) => `$v${String(n)}: Boolean!`)}) { ${times(20, (n) => `... @include(if: $v${String(n)}) { me { username profile { bio } } }`)} }`,
        variables: Object.fromEntries(Array.from({ length: 25 }, (_, n) => [`v${String(n)}`, n % 2 === 0])),
      }),
    asSomebody: true,
  },
  {
    what: 'conditions in conditions',
    body: (salt) =>
      JSON.stringify({
        query: `query Q${salt}(${times(40, (n) => `$v${String(n)}: Boolean!`)}) { me { ${times(40, (n) => `... @include(if: $v${String(n)}) { username profile { bio }`)} ${'}'.repeat(40)} } }`,
        variables: Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`v${String(n)}`, true])),
      }),
    asSomebody: true,
  },
  {
    what: '20 mutations that change subgraphs',
    body: mutation(
      `{ ${times(20, (n) => `m${String(n)}: updateProfile(input: { bio: "a" }) { user { username email ${PROFILE} } userErrors { ... on InputError { code path } ... on VersionConflictError { currentVersion } message } }`)} }`,
    ),
    asSomebody: true,
  },
  { what: 'unknown fields', body: operation(`{ me { ${times(490, (n) => `usernam${String(n)}`)} } }`) },
  {
    what: 'unknown fields of long names',
    body: operation(`{ me { ${times(100, (n) => `${long(600)}${String(n)}`)} } }`),
  },
  { what: 'unknown types', body: operation(`{ me { ${times(240, (n) => `... on Use${String(n)} { id }`)} } }`) },
  {
    what: 'unknown arguments',
    body: operation(`{ me { ${times(150, (n) => `sessions(firs${String(n)}: 1) { totalCount }`)} } }`),
  },
  { what: 'unknown fragments', body: operation(`{ me { ${times(490, (n) => `...F${String(n)}`)} } }`) },
  {
    what: '390 unused variables',
    body: (salt) =>
      JSON.stringify({ query: `query Q${salt}(${times(390, (n) => `$v${String(n)}: ID`)}) { __typename }` }),
  },
  { what: '380 operations', body: operation(`{ __typename } ${times(380, (n) => `query O${String(n)} {id}`)}`) },
  {
    what: 'a hundred mistakes behind 29,000 lines',
    body: operation(`${'\n'.repeat(29_000)}{ me { ${times(490, (n) => `usernam${String(n)}`)} } }`),
  },
  {
    what: 'a hundred mistakes behind as many lines as may be',
    body: operation(`${'\n'.repeat(3_990)}{ me { ${times(490, (n) => `usernam${String(n)}`)} } }`),
  },
  { what: 'a name of 60 KB', body: operation(`{ ${long(60_000)} }`) },
  { what: 'a comment of 60 KB', body: operation(`{ __typename } #${long(60_000)}`) },
  { what: 'a string of 60 KB', body: operation(`{ user(id: "${long(60_000)}") { id } }`), asSomebody: true },
  {
    what: 'a block string of as many lines as may be',
    body: operation(`{ user(id: """${'\n a'.repeat(3_990)}""") { id } }`),
    asSomebody: true,
  },
  {
    what: 'a string of escapes',
    body: operation(`{ user(id: "${'\\u{1F600}'.repeat(5_500)}") { id } }`),
    asSomebody: true,
  },
];
