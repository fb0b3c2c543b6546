import { operation, times, type WorstRequest } from './request-texts.js';

const SESSION = 'id current deviceName userAgent ipAddress createdAt lastUsedAt expiresAt';

const INTROSPECTION = `types { name kind description isOneOf specifiedByURL possibleTypes { name } interfaces { name } enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason } inputFields(includeDeprecated: true) { name description defaultValue type { ...T } } fields(includeDeprecated: true) { name description isDeprecated deprecationReason args(includeDeprecated: true) { name description defaultValue type { ...T } } type { ...T } } } directives { name description locations isRepeatable args { name type { ...T } } }`;

const TYPE_REF =
  'fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } }';

/** What is small and asks for much. */
export const WORST_ANSWERS: readonly WorstRequest[] = [
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
