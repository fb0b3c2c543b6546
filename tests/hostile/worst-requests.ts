/** A request as an attacker writes it; `salt` makes it one that no cache knows. */
export interface WorstRequest {
  readonly what: string;
  readonly body: (salt: string, known: Known) => string;
  readonly asSomebody?: boolean;
  /** The bound, in milliseconds; 100 unless given. */
  readonly limitMs?: number;
}

/** What an attacker who has registered knows. */
export interface Known {
  readonly userId: string;
  readonly sessionId: string;
}

const times = (count: number, text: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => text(index)).join(' ');

/** An operation named after the salt. */
const operation = (text: string, variables?: (known: Known) => unknown) => (salt: string, known: Known) =>
  JSON.stringify({ query: `query Q${salt} ${text}`, variables: variables?.(known) });

const mutation = (text: string, variables?: (known: Known) => unknown) => (salt: string, known: Known) =>
  JSON.stringify({ query: `mutation Q${salt} ${text}`, variables: variables?.(known) });

const doubling = (levels: number, between: (spread: string) => string): string =>
  `${times(levels, (level) => `fragment F${String(level)} on User { ${between(`...F${String(level + 1)}`)} }`)} fragment F${String(levels)} on User { id }`;

const SESSION = 'id current deviceName userAgent ipAddress createdAt lastUsedAt expiresAt';
const PROFILE =
  'profile { displayName bio avatarUrl version updatedAt preferences { theme locale timeZone emailNotifications custom } }';
const long = (size: number): string => 'x'.repeat(size);

/** Deep JSON, as deep as may be and as wide as fits. */
function nestedValue(): unknown {
  const chain = (depth: number): unknown => (depth === 0 ? 1 : { a: chain(depth - 1) });
  return Array.from({ length: 100 }, () => chain(95));
}

const INTROSPECTION = `types { name kind description isOneOf specifiedByURL possibleTypes { name } interfaces { name } enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason } inputFields(includeDeprecated: true) { name description defaultValue type { ...T } } fields(includeDeprecated: true) { name description isDeprecated deprecationReason args(includeDeprecated: true) { name description defaultValue type { ...T } } type { ...T } } } directives { name description locations isRepeatable args { name type { ...T } } }`;
const TYPE_REF =
  'fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } }';

export const WORST_REQUESTS: readonly WorstRequest[] = [
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
  { what: 'a name of 60 KB', body: operation(`{ ${long(60_000)} }`) },
  { what: 'a comment of 60 KB', body: operation(`{ __typename } #${long(60_000)}`) },
  { what: 'a string of 60 KB', body: operation(`{ user(id: "${long(60_000)}") { id } }`), asSomebody: true },
  {
    what: 'a block string of 30,000 lines',
    body: operation(`{ user(id: """${'\n a'.repeat(15_000)}""") { id } }`),
    asSomebody: true,
  },
  {
    what: 'a string of escapes',
    body: operation(`{ user(id: "${'\\u{1F600}'.repeat(5_500)}") { id } }`),
    asSomebody: true,
  },
  {
    what: 'deep and wide variables',
    body: (salt) =>
      JSON.stringify({
        query: `mutation Q${salt}($input: UpdatePreferencesInput!) { updatePreferences(input: $input) { userErrors { code } } }`,
        variables: { input: { custom: { a: nestedValue() } } },
      }),
    asSomebody: true,
  },
  {
    what: 'unknown keys in a variable',
    body: mutation(`($input: RegisterInput!) { register(input: $input) { userErrors { code } } }`, () => ({
      input: Object.fromEntries(Array.from({ length: 4_500 }, (_, n) => [`k${String(n)}`, n])),
    })),
  },
  {
    what: 'variables nobody asked for',
    body: operation('{ __typename }', () =>
      Object.fromEntries(Array.from({ length: 4_500 }, (_, n) => [`k${String(n)}`, n])),
    ),
  },
  {
    what: 'a list of wrong values',
    body: mutation(
      '($roles: [Role!]!) { setUserRoles(input: { userId: "a", roles: $roles }) { userErrors { code } } }',
      () => ({ roles: Array.from({ length: 200 }, () => 'USERS'.repeat(50)) }),
    ),
    asSomebody: true,
  },
  {
    what: 'an id of 60 KB',
    body: operation('($id: ID!) { node(id: $id) { id } }', () => ({ id: `user_${long(60_000)}` })),
    asSomebody: true,
  },
  {
    what: 'a cursor of 60 KB',
    body: operation('($after: String) { me { sessions(after: $after) { totalCount } } }', () => ({
      after: Buffer.from(long(44_000)).toString('base64'),
    })),
    asSomebody: true,
  },
  {
    what: 'a token of 60 KB',
    body: operation('($token: String) { validateToken(token: $token) { active } }', () => ({
      token: `${long(20_000)}.${long(20_000)}.${long(20_000)}`,
    })),
  },
  {
    what: 'a refresh token of 60 KB',
    body: mutation('($t: String!) { refreshSession(input: { refreshToken: $t }) { userErrors { code } } }', () => ({
      t: long(60_000),
    })),
  },
  {
    what: 'a password of 60 KB',
    body: mutation(
      '($p: String!) { login(input: { identifier: "nobody", password: $p }) { userErrors { code } } }',
      () => ({ p: '\uFDFA'.repeat(20_000) }),
    ),
  },
  {
    what: 'a password to normalise for a registration',
    body: mutation(
      '($p: String!) { register(input: { username: "nobody-new", email: "nobody-new@example.com", password: $p }) { userErrors { code } } }',
      () => ({ p: '\uFDFA'.repeat(20_000) }),
    ),
  },
  {
    what: 'marks that normalisation has to sort',
    body: mutation(
      '($p: String!) { register(input: { username: $p, email: "nobody-new@example.com", password: $p }) { userErrors { code } } }',
      () => ({ p: `a${'\u0315\u0300\u05ae\u0062'.slice(0, 3).repeat(4_900)}` }),
    ),
  },
  {
    what: 'an identifier of 60 KB',
    body: mutation(
      '($p: String!) { login(input: { identifier: $p, password: "not the password" }) { userErrors { code } } }',
      () => ({ p: 'é'.repeat(30_000) }),
    ),
  },
  {
    what: 'an e-mail address of 60 KB',
    body: mutation(
      '($e: EmailAddress!) { register(input: { username: "nobody-new", email: $e, password: "a quiet harbour at dawn" }) { userErrors { code } } }',
      () => ({ e: `a@${'a.'.repeat(29_000)}com` }),
    ),
  },
  {
    what: 'an e-mail address of one name',
    body: mutation(
      '($e: EmailAddress!) { register(input: { username: "nobody-new", email: $e, password: "a quiet harbour at dawn" }) { userErrors { code } } }',
      () => ({ e: `${'a'.repeat(60_000)}@` }),
    ),
  },
  {
    what: 'an e-mail address in letters of the world',
    body: mutation(
      '($e: EmailAddress!) { register(input: { username: "nobody-new", email: $e, password: "a quiet harbour at dawn" }) { userErrors { code } } }',
      () => ({ e: `a@${'ä.'.repeat(20_000)}com` }),
    ),
  },
  {
    what: 'a URL of 60 KB',
    body: mutation('($u: URL) { updateProfile(input: { avatarUrl: $u }) { userErrors { code } } }', () => ({
      u: `https://${'ä.'.repeat(20_000)}com/`,
    })),
    asSomebody: true,
  },
  {
    what: 'a locale of 60 KB',
    body: mutation('($l: Locale) { updatePreferences(input: { locale: $l }) { userErrors { code } } }', () => ({
      l: `en${'-abcdefgh'.repeat(6_600)}`,
    })),
    asSomebody: true,
  },
  {
    what: 'a time zone of 60 KB',
    body: mutation('($l: TimeZone) { updatePreferences(input: { timeZone: $l }) { userErrors { code } } }', () => ({
      l: `Europe/${long(60_000)}`,
    })),
    asSomebody: true,
  },
  {
    what: 'a text of 60 KB',
    body: mutation(
      '($l: String) { updateProfile(input: { bio: $l, displayName: $l }) { userErrors { code } } }',
      () => ({ l: '\uFDFA'.repeat(20_000) }),
    ),
    asSomebody: true,
  },
  {
    what: 'a persisted id of 60 KB',
    body: (salt) =>
      JSON.stringify({ extensions: { persistedQuery: { version: 1, sha256Hash: `${salt}${long(60_000)}` } } }),
  },
  {
    what: 'an operation name of 60 KB',
    body: (salt) => JSON.stringify({ query: 'query A { __typename }', operationName: `${salt}${long(60_000)}` }),
  },
  {
    what: 'extensions of 60 KB',
    body: (salt) => JSON.stringify({ query: `query A${salt} { __typename }`, extensions: nestedValue() }),
  },
  { what: 'a body of brackets', body: () => '['.repeat(65_000) },
  { what: 'a query of brackets', body: () => JSON.stringify({ query: '{'.repeat(65_000) }) },
  { what: 'a query of quotes', body: () => JSON.stringify({ query: '"'.repeat(32_000) }) },
  {
    what: 'the introspection, several times',
    body: operation(`{ ${times(4, (n) => `i${String(n)}: __schema { ${INTROSPECTION} }`)} } ${TYPE_REF}`),
  },
  {
    what: 'the types of fields of types',
    body: operation('{ __schema { types { fields { type { fields { type { fields { name type { name } } } } } } } } }'),
  },
  {
    what: 'the types of arguments of fields of types',
    body: operation(
      '{ __schema { types { fields { args { type { ofType { inputFields { type { ofType { inputFields { name } } } } } } type { fields { args { type { ofType { inputFields { name } } } } } } } } }',
    ),
  },
  {
    what: 'what everybody is denied, without a token',
    body: operation(
      `{ ${times(20, (n) => `n${String(n)}: nodes(ids: ["a"]) { id ${times(11, () => '... on User { email }')} }`)} }`,
    ),
  },
  {
    what: 'what is denied of 100 accounts, under 14 names',
    body: operation(
      `($ids: [ID!]!) { nodes(ids: $ids) { ... on User { ${times(14, (n) => `a${String(n)}: email`)} } } }`,
      ({ userId }) => ({ ids: Array.from({ length: 100 }, () => userId) }),
    ),
    asSomebody: true,
  },
  {
    what: 'what is denied of 300 accounts',
    body: operation(
      `($ids: [ID!]!) { ${times(3, (n) => `n${String(n)}: nodes(ids: $ids) { ... on User { email emailVerified roles status } }`)} }`,
      ({ userId }) => ({ ids: Array.from({ length: 100 }, () => userId) }),
    ),
    asSomebody: true,
  },
  {
    what: '1,400 accounts with their profiles',
    body: operation(
      `($ids: [ID!]!) { ${times(14, (n) => `n${String(n)}: nodes(ids: $ids) { ... on User { id username createdAt profile { displayName bio avatarUrl version updatedAt } } }`)} }`,
      ({ userId }) => ({ ids: Array.from({ length: 100 }, () => userId) }),
    ),
    asSomebody: true,
  },
  {
    what: '28 names for each of 100 profiles',
    body: operation(
      `($ids: [ID!]!) { nodes(ids: $ids) { ... on User { ${times(28, (n) => `a${String(n)}: profile { bio version updatedAt displayName }`)} } } }`,
      ({ userId }) => ({ ids: Array.from({ length: 100 }, () => userId) }),
    ),
    asSomebody: true,
  },
  {
    what: '200 ids where 100 may be asked for',
    body: operation('($ids: [ID!]!) { nodes(ids: $ids) { id } }', ({ userId }) => ({
      ids: Array.from({ length: 200 }, () => userId),
    })),
    asSomebody: true,
  },
  {
    what: 'all sessions, again and again',
    body: operation(`{ me { ${times(9, (n) => `s${String(n)}: sessions(first: 100) { nodes { ${SESSION} } }`)} } }`),
    asSomebody: true,
  },
  {
    what: 'all sessions by nodes',
    body: operation(
      `($ids: [ID!]!) { ${times(18, (n) => `n${String(n)}: nodes(ids: $ids) { ... on Session { ${SESSION} } }`)} }`,
      ({ sessionId }) => ({ ids: Array.from({ length: 100 }, () => sessionId) }),
    ),
    asSomebody: true,
  },
];
