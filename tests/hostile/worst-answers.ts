import { operation, times, type Known, type WorstRequest } from './request-texts.js';

const KIB = 1_024;

const MAX_CUSTOM_BYTES = 16 * KIB;

/** What a profile can hold; nothing gets longer in JSON than control characters. */
export const LARGEST_PROFILE = {
  displayName: '\u{1F98A}'.repeat(80),
  bio: '\u0001'.repeat(2_000),
  avatarUrl: `https://example.com/${'漢'.repeat(2_028)}`,
};

/** Preferences as long as can be, with so many objects in them; nothing takes longer to read. */
const customOf = (objects: number) => {
  const custom = { a: Array.from({ length: objects }, () => ({})), b: '' };
  return { ...custom, b: 'x'.repeat(MAX_CUSTOM_BYTES - JSON.stringify(custom).length) };
};
/** With as many as an answer may have when they are in it 100 times. */
export const LARGEST_CUSTOM = customOf(1_300);
/** With as many as there can be. */
export const CROWDED_CUSTOM = customOf((MAX_CUSTOM_BYTES - '{"a":[],"b":""}'.length) / '{},'.length);

const ownTimes100 = ({ ownId }: Known) => ({ ids: Array.from({ length: 100 }, () => ownId) });

const crowdedTimes100 = ({ crowdedId }: Known) => ({ ids: Array.from({ length: 100 }, () => crowdedId) });

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
      `($ids: [ID!]!) { ${times(14, (n) => `n${String(n)}: nodes(ids: $ids) { ... on User { id username createdAt profile { displayName version updatedAt } } }`)} }`,
      ({ userId }) => ({ ids: Array.from({ length: 100 }, () => userId) }),
    ),
    asSomebody: true,
    minBytes: 400 * KIB,
  },
  {
    what: '28 names for each of 100 profiles',
    body: operation(
      `($ids: [ID!]!) { nodes(ids: $ids) { ... on User { ${times(28, (n) => `a${String(n)}: profile { version updatedAt displayName }`)} } } }`,
      ({ userId }) => ({ ids: Array.from({ length: 100 }, () => userId) }),
    ),
    asSomebody: true,
    minBytes: 600 * KIB,
  },
  {
    what: '100 times the largest preferences',
    body: operation(
      '($ids: [ID!]!) { nodes(ids: $ids) { ... on User { profile { preferences { custom } } } } }',
      ownTimes100,
    ),
    asSomebody: true,
    minBytes: 1_500 * KIB,
  },
  {
    what: '100 times the largest preferences, by a known query',
    body: (_salt, known) =>
      JSON.stringify({
        query: 'query ($ids: [ID!]!) { nodes(ids: $ids) { ... on User { profile { preferences { custom } } } } }',
        variables: ownTimes100(known),
      }),
    asSomebody: true,
    minBytes: 1_500 * KIB,
  },
  {
    what: '200 times the largest preferences',
    body: operation(
      `($ids: [ID!]!) { ${times(2, (n) => `n${String(n)}: nodes(ids: $ids) { ... on User { profile { preferences { custom } } } }`)} }`,
      ownTimes100,
    ),
    asSomebody: true,
    minBytes: 1_500 * KIB,
  },
  {
    what: '100 times the preferences with most objects',
    body: operation(
      '($ids: [ID!]!) { nodes(ids: $ids) { ... on User { profile { preferences { custom } } } } }',
      crowdedTimes100,
    ),
    asCrowded: true,
  },
  {
    what: '200 times the preferences with most objects',
    body: operation(
      `($ids: [ID!]!) { ${times(2, (n) => `n${String(n)}: nodes(ids: $ids) { ... on User { profile { preferences { custom } } } }`)} }`,
      crowdedTimes100,
    ),
    asCrowded: true,
  },
  {
    what: 'the preferences with most objects under 20 names',
    body: operation(`{ me { profile { preferences { custom ${times(20, (n) => `c${String(n)}: custom`)} } } } }`),
    asCrowded: true,
  },
  {
    what: '100 times the largest preferences, under three names',
    body: operation(
      '($ids: [ID!]!) { nodes(ids: $ids) { ... on User { profile { preferences { custom a: custom b: custom } } } } }',
      ownTimes100,
    ),
    asSomebody: true,
  },
  {
    what: 'the largest preferences under 51 names',
    body: operation(`{ me { profile { preferences { custom ${times(50, (n) => `c${String(n)}: custom`)} } } } }`),
    asSomebody: true,
    minBytes: 800 * KIB,
  },
  {
    what: '600 times the largest texts about a person',
    body: operation(
      `($ids: [ID!]!) { ${times(6, (n) => `n${String(n)}: nodes(ids: $ids) { ... on User { profile { bio } } }`)} }`,
      ownTimes100,
    ),
    asSomebody: true,
    minBytes: 1_100 * KIB,
  },
  {
    what: '100 times the largest text about a person, under nine names',
    body: operation(
      `($ids: [ID!]!) { nodes(ids: $ids) { ... on User { profile { ${times(9, (n) => `b${String(n)}: bio`)} } } } }`,
      ownTimes100,
    ),
    asSomebody: true,
  },
  {
    what: '1,000 times the longest address of a picture',
    body: operation(
      `($ids: [ID!]!) { ${times(5, (n) => `n${String(n)}: nodes(ids: $ids) { ... on User { profile { avatarUrl a: avatarUrl } } }`)} }`,
      ownTimes100,
    ),
    asSomebody: true,
    minBytes: 1_100 * KIB,
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
