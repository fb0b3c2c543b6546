import { long, mutation, operation, type WorstRequest } from './request-texts.js';

/** Deep JSON, as deep as may be and as wide as fits. */
function nestedValue(): unknown {
  const chain = (depth: number): unknown => (depth === 0 ? 1 : { a: chain(depth - 1) });
  return Array.from({ length: 100 }, () => chain(95));
}

/** What is large in variables and beside the operation, or no operation at all. */
export const WORST_VALUES: readonly WorstRequest[] = [
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
  {
    what: 'a content type of spaces',
    body: operation('{ __typename }'),
    headers: { 'content-type': `application/json;${' '.repeat(15_000)}x` },
  },
  {
    what: 'all media types there are',
    body: operation('{ __typename }'),
    headers: { accept: 'a/b;q=1,'.repeat(1_900) },
  },
  { what: 'a body of brackets', body: () => '['.repeat(65_000) },
  { what: 'a query of brackets', body: () => JSON.stringify({ query: '{'.repeat(65_000) }) },
  { what: 'a query of quotes', body: () => JSON.stringify({ query: '"'.repeat(32_000) }) },
];
