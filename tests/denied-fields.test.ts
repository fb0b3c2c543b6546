import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bearer, sendGraphql, summaryOf } from './harness/graphql.js';
import { registerSomebody, type Person } from './harness/people.js';
import { startStack, type TestStack } from './harness/stack.js';

const MISSING = 'UNAUTHENTICATED TOKEN_MISSING';

/** Conditions come as variables: what is not selected must not be judged, and what is must be. */
const CONDITIONS = { yes: true, no: false };

/** Somebody looks at what is partly somebody else's. */
interface Look {
  readonly name: string;
  readonly caller: 'bob' | 'nobody';
  /** Straight at a subgraph as well, where all fields are its own. */
  readonly places: readonly ('gateway' | 'auth' | 'users')[];
  readonly query: (ada: Person, bob: Person) => string;
  readonly data: (ada: Person, bob: Person) => unknown;
  readonly errors: readonly string[];
}

const CONDITIONAL = 'query ($yes: Boolean!, $no: Boolean!)';

const LOOKS: readonly Look[] = [
  {
    name: 'aliases',
    caller: 'bob',
    places: ['gateway', 'auth'],
    query: ({ id }) => `{ mine: me { email } hers: user(id: "${id}") { username email contact: email } }`,
    data: (ada, bob) => ({ mine: { email: bob.email }, hers: { username: ada.username, email: null, contact: null } }),
    errors: ['hers.contact FORBIDDEN', 'hers.email FORBIDDEN'],
  },
  {
    name: 'fragments on the interface and on the type in it',
    caller: 'bob',
    places: ['gateway', 'auth'],
    query: ({ id }) => `{ node(id: "${id}") { ... on Node { id ... on User { username state: status } } ...More } }
      fragment More on Node { ...Most } fragment Most on User { roles } `,
    data: ({ id, username }) => ({ node: { id, username, state: null, roles: null } }),
    errors: ['node.roles FORBIDDEN', 'node.state FORBIDDEN'],
  },
  {
    name: 'fragments on the interface, without a token',
    caller: 'nobody',
    places: ['gateway', 'auth'],
    query: ({ id }) => `{ open: validateToken { active } who: node(id: "${id}") { ...N } me { id } }
      fragment N on Node { ... on Node { id } ... on User { username } ... on Session { current } }`,
    data: () => ({ open: { active: false }, who: null, me: null }),
    errors: [`who ${MISSING}`],
  },
  {
    name: '@include and @skip on fields and fragments of the account',
    caller: 'bob',
    places: ['gateway', 'auth'],
    // Apollo's executor needs the type for fragments within fragments.
    query: ({ id }) => `${CONDITIONAL} { user(id: "${id}") {
      __typename username
      email @include(if: $yes) status @include(if: $no) emailVerified @skip(if: $yes) roles @skip(if: $no)
      ... on User @include(if: $no) { sessions { totalCount } }
      ... on Node @skip(if: $no) { ... on User { twoFactorEnabled } }
    } }`,
    data: ({ username }) => ({
      user: { __typename: 'User', username, email: null, roles: null, twoFactorEnabled: null },
    }),
    errors: ['user.email FORBIDDEN', 'user.roles FORBIDDEN', 'user.twoFactorEnabled FORBIDDEN'],
  },
  {
    name: '@include and @skip on fields of the root',
    caller: 'nobody',
    places: ['gateway', 'auth'],
    query: ({ id }) => `${CONDITIONAL} {
      validateToken { active }
      user(id: "${id}") @include(if: $no) { username } users @skip(if: $yes) { totalCount }
      ... on Query @include(if: $yes) { again: user(id: "${id}") @skip(if: $no) { username } }
    }`,
    data: () => ({ validateToken: { active: false }, again: null }),
    errors: [`again ${MISSING}`],
  },
  {
    name: 'a list of nodes',
    caller: 'bob',
    places: ['gateway', 'auth'],
    query: (ada, bob) => `{ nodes(ids: ["${bob.id}", "${ada.id}", "nonsense"]) {
      id ... on User { email sessions { totalCount } username }
    } }`,
    data: (ada, bob) => ({
      nodes: [
        { id: bob.id, email: bob.email, sessions: { totalCount: 1 }, username: bob.username },
        { id: ada.id, email: null, sessions: null, username: ada.username },
        null,
      ],
    }),
    errors: ['nodes.1.email FORBIDDEN', 'nodes.1.sessions FORBIDDEN'],
  },
  {
    name: 'the list of accounts',
    caller: 'bob',
    places: ['gateway', 'auth'],
    query: () => '{ all: users(first: 1) { totalCount nodes { email } } me { username } }',
    data: (_ada, { username }) => ({ all: null, me: { username } }),
    errors: ['all FORBIDDEN'],
  },
  {
    name: 'fields of Users in a list of Auth',
    caller: 'bob',
    places: ['gateway'],
    query: (ada, bob) => `${CONDITIONAL} { nodes(ids: ["${bob.id}", "${ada.id}"]) { ... on User {
      profile { bio taste: preferences @include(if: $yes) { theme } preferences @skip(if: $yes) { locale } }
    } } more: user(id: "${ada.id}") @skip(if: $no) { username } }`,
    data: ({ username }) => ({
      nodes: [{ profile: { bio: '', taste: { theme: 'SYSTEM' } } }, { profile: { bio: '', taste: null } }],
      more: { username },
    }),
    errors: ['nodes.1.profile.taste FORBIDDEN'],
  },
  {
    name: 'the same fields of Users',
    caller: 'bob',
    places: ['users'],
    query: (ada, bob) => `query ($yes: Boolean!) { _entities(representations: [
      { __typename: "User", id: "${bob.id}" }, { __typename: "User", id: "${ada.id}" }
    ]) { ... on User {
      profile { bio taste: preferences @include(if: $yes) { theme } preferences @skip(if: $yes) { locale } }
    } } more: _service @skip(if: $yes) { sdl } }`,
    data: () => ({
      _entities: [{ profile: { bio: '', taste: { theme: 'SYSTEM' } } }, { profile: { bio: '', taste: null } }],
    }),
    errors: ['_entities.1.profile.taste FORBIDDEN'],
  },
  {
    name: 'a mutation of Users',
    caller: 'nobody',
    places: ['gateway', 'users'],
    query: () => `mutation ($yes: Boolean!, $no: Boolean!) {
      mine: updateProfile(input: { bio: "x" }) @include(if: $yes) { userErrors { code } }
      updatePreferences(input: {}) @include(if: $no) { userErrors { code } }
    }`,
    data: () => null,
    errors: [`mine ${MISSING}`],
  },
  {
    name: 'a mutation for administrators that is not selected',
    caller: 'bob',
    places: ['gateway', 'auth'],
    query: ({ id }) => `mutation ($yes: Boolean!, $no: Boolean!) {
      ... on Mutation @include(if: $no) { suspendUser(input: { userId: "${id}" }) { user { id } } }
      end: revokeSession(input: { sessionId: "nonsense" }) @include(if: $yes) { userErrors { code } }
      setUserRoles(input: { userId: "${id}", roles: [ADMIN] }) @skip(if: $yes) { user { id } }
    }`,
    data: () => ({ end: { userErrors: [{ code: 'NOT_FOUND' }] } }),
    errors: [],
  },
  {
    name: 'a mutation for administrators',
    caller: 'bob',
    places: ['gateway', 'auth'],
    query: ({ id }) => `mutation ($yes: Boolean!) {
      ... on Mutation @include(if: $yes) { lock: suspendUser(input: { userId: "${id}" }) { user { id } } }
    }`,
    data: () => null,
    errors: ['lock FORBIDDEN'],
  },
];

describe('fields that the caller is denied', () => {
  let stack: TestStack;
  let ada: Person;
  let bob: Person;

  beforeAll(async () => {
    stack = await startStack();
    [ada, bob] = [await registerSomebody(stack.client), await registerSomebody(stack.client)];
  });

  afterAll(async () => {
    await stack.close();
  });

  /** What a request of the caller has to carry there. */
  function headersFor(place: 'gateway' | 'auth' | 'users', caller: Look['caller']): Readonly<Record<string, string>> {
    return {
      ...(caller === 'bob' ? bearer(bob.accessToken) : {}),
      ...(place === 'gateway' ? {} : { 'router-authorization': stack.services.routerSecret }),
    };
  }

  it.each(LOOKS.flatMap((look) => look.places.map((place) => ({ ...look, place }))))(
    'are null with an error, and the others are answered: $name, at $place',
    async ({ place, caller, query, data, errors }) => {
      const text = query(ada, bob);
      const variables = Object.fromEntries(Object.entries(CONDITIONS).filter(([name]) => text.includes(`$${name}:`)));
      const headers = headersFor(place, caller);
      const answer = await sendGraphql(stack.services[place].url, { query: text, variables, headers });
      expect({ data: answer.data, errors: [...summaryOf(answer.errors)].sort() }).toEqual({
        data: data(ada, bob),
        errors,
      });
      expect(answer.text).not.toContain(ada.email);
    },
  );

  it('have had no effect', async () => {
    const { data } = await ada.client.me();
    expect(data?.me).toMatchObject({ status: 'ACTIVE', roles: ['USER'], profile: { bio: '' } });
  });

  it.each(['gateway', 'auth'] as const)('do not tell at %s whether there is such an account', async (place) => {
    const askFor = (userId: string) =>
      sendGraphql(stack.services[place].url, {
        query: `mutation ($id: ID!) { suspendUser(input: { userId: $id }) { userErrors { code } } }`,
        variables: { id: userId },
        headers: headersFor(place, 'bob'),
      });
    const { status, data, errors } = await askFor(ada.id);
    expect(summaryOf(errors)).toEqual(['suspendUser FORBIDDEN']);
    for (const id of ['user_01m854awnke04s50ft5bw89qwb', 'nonsense', ''])
      expect(await askFor(id)).toMatchObject({ status, data, errors });
  });
});
