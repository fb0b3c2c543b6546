import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildSchema, isObjectType, type GraphQLSchema } from 'graphql';
import { bearer, sendGraphql, summaryOf, type RawAnswer } from './harness/graphql.js';
import { registerSomebody, type Person } from './harness/people.js';
import { routerName } from './harness/router-name.js';
import { startStack, type TestStack } from './harness/stack.js';

/** Every field of a person that is protected, with what to select of it. The first test compares it with the schema. */
const SELF_FIELDS = {
  User: {
    email: 'email',
    emailVerified: 'emailVerified',
    roles: 'roles',
    status: 'status',
    twoFactorEnabled: 'twoFactorEnabled',
    sessions: 'sessions { totalCount edges { cursor node { id } } }',
  },
  Profile: { preferences: 'preferences { theme custom }' },
};
const PUBLIC_FIELDS = {
  User: ['id', 'username', 'createdAt', 'profile'],
  Profile: ['displayName', 'bio', 'avatarUrl', 'version', 'updatedAt'],
};

const AUTH_FIELDS = Object.keys(SELF_FIELDS.User);
const ALL_FIELDS = [...AUTH_FIELDS, 'profile.preferences'];
const ACCOUNT_SELECTION = `username createdAt ${Object.values(SELF_FIELDS.User).join(' ')}`;
const PROFILE_SELECTION = `profile { bio version ${SELF_FIELDS.Profile.preferences} }`;
const SELECTION = `${ACCOUNT_SELECTION} ${PROFILE_SELECTION}`;

/** A refusal as `summaryOf` tells it. */
type Refusal = 'FORBIDDEN' | `UNAUTHENTICATED ${'TOKEN_EXPIRED' | 'TOKEN_INVALID' | 'TOKEN_MISSING' | 'TOKEN_REVOKED'}`;

const EXPIRED = 'UNAUTHENTICATED TOKEN_EXPIRED';
const INVALID = 'UNAUTHENTICATED TOKEN_INVALID';
const MISSING = 'UNAUTHENTICATED TOKEN_MISSING';
const REVOKED = 'UNAUTHENTICATED TOKEN_REVOKED';

/** Who is asking for the fields of `ada`. */
type Caller = 'self' | 'other' | 'admin' | 'nobody' | 'expired' | 'garbage';

/** Ways to get at an account with a token. */
const READING: readonly {
  readonly name: string;
  readonly query: (ada: Person) => string;
  readonly at: readonly (string | number)[];
}[] = [
  { name: 'user', query: ({ id }) => `{ user(id: "${id}") { ${SELECTION} } }`, at: ['user'] },
  {
    name: 'userByUsername',
    query: ({ username }) => `{ userByUsername(username: "${username}") { ${SELECTION} } }`,
    at: ['userByUsername'],
  },
  { name: 'node', query: ({ id }) => `{ node(id: "${id}") { ... on User { ${SELECTION} } } }`, at: ['node'] },
  {
    name: 'nodes',
    query: ({ id }) => `{ nodes(ids: ["user_unknown", "${id}"]) { id ... on User { ${SELECTION} } } }`,
    at: ['nodes', 1],
  },
  {
    name: 'an alias within a fragment',
    query: ({ id }) =>
      `{ who: user(id: "${id}") { ...F } } fragment F on User { ...G } fragment G on User { ${SELECTION} }`,
    at: ['who'],
  },
];

describe('the protected fields of a person', () => {
  let stack: TestStack;
  let schema: GraphQLSchema;
  let ada: Person;
  let grace: Person;
  let tokens: Record<Caller, string | null>;

  beforeAll(async () => {
    schema = buildSchema(await readFile(new URL('../schema/api.graphql', import.meta.url), 'utf8'));
    stack = await startStack();
    ada = await registerSomebody(stack.client);
    grace = await registerSomebody(stack.client);
    const admin = await registerSomebody(stack.client);
    await stack.sql('auth', `INSERT INTO account_roles (account_id, role) VALUES (?, 'ADMIN')`, [admin.id]);
    stack.clock.advance(20 * 60_000);
    tokens = {
      self: await freshToken(ada),
      other: await freshToken(grace),
      admin: await freshToken(admin),
      nobody: null,
      expired: ada.accessToken,
      garbage: 'garbage',
    };
  });

  afterAll(async () => {
    await stack.close();
  });

  async function freshToken({ refreshToken }: Person): Promise<string> {
    const { data } = await stack.client.refreshSession({ input: { refreshToken } });
    const accessToken = data?.refreshSession.tokens?.accessToken;
    if (accessToken === undefined) throw new Error('the session could not be refreshed');
    return accessToken;
  }

  /** Asks in a session that nothing else is asked in: a login ends the session that it is made in. */
  async function askInSessionOf({ username, password }: Person, query: string): Promise<RawAnswer> {
    const { data } = await stack.client.login({ input: { identifier: username, password } });
    const accessToken = data?.login.tokens?.accessToken;
    if (accessToken === undefined) throw new Error('the login has failed');
    return sendGraphql(stack.services.gateway.url, { query, headers: bearer(accessToken) });
  }

  const headersOf = (caller: Caller) => {
    const token = tokens[caller];
    return token === null ? {} : bearer(token);
  };

  const ask = (caller: Caller, query: string) =>
    sendGraphql(stack.services.gateway.url, { query, headers: headersOf(caller) });

  const askSubgraph = (subgraph: 'auth' | 'users', caller: Caller) =>
    sendGraphql(stack.services[subgraph].url, {
      query: `query ($representations: [_Any!]!) {
        _entities(representations: $representations) {
          ... on User { ${subgraph === 'auth' ? ACCOUNT_SELECTION : PROFILE_SELECTION} }
        }
      }`,
      variables: { representations: [{ __typename: 'User', id: ada.id }] },
      headers: { ...headersOf(caller), 'router-authorization': stack.services.routerSecret },
    });

  /** Another router may leave out which item of a list an error is about. */
  function placed(errors: readonly string[]): readonly string[] {
    return errors.map((error) => (routerName() === 'gateway' ? error : error.replaceAll(/\.\d+(?=\.)/g, ''))).sort();
  }

  /** Asserts what has become of each protected field; whatever else was asked for must be there. */
  function expectFields(
    answer: RawAnswer,
    at: readonly (string | number)[],
    fields: readonly string[],
    refusals: Readonly<Record<string, Refusal>>,
  ): void {
    expect(answer.status).toBe(200);
    const person = valueAt(answer.data, at);
    for (const field of fields) {
      const value = valueAt(person, field.split('.'));
      if (field in refusals) expect([field, value]).toEqual([field, null]);
      else expect([field, value]).toEqual([field, expect.anything()]);
    }
    if (fields.includes('email')) expect(valueAt(person, ['createdAt'])).toEqual(expect.any(String));
    if (fields.includes('profile.preferences')) expect(valueAt(person, ['profile', 'bio'])).toEqual(expect.any(String));
    const expected = Object.entries(refusals).map(([field, refusal]) => `${[...at, field].join('.')} ${refusal}`);
    expect(placed(summaryOf(answer.errors))).toEqual(placed(expected));
  }

  const allRefused = (fields: readonly string[], refusal: Refusal) =>
    Object.fromEntries(fields.map((field) => [field, refusal]));

  it.each(['User', 'Profile'] as const)('are all in the table of this test: %s', (typeName) => {
    const type = schema.getType(typeName);
    const fields = isObjectType(type) ? Object.values(type.getFields()) : [];
    const isProtected = (description: string | null | undefined) =>
      description?.includes('Readable by the account itself and by an ADMIN.') === true;
    const names = (wanted: boolean) =>
      fields.filter(({ description }) => isProtected(description) === wanted).map(({ name }) => name);
    expect(names(true).sort()).toEqual(Object.keys(SELF_FIELDS[typeName]).sort());
    expect(names(false).sort()).toEqual([...PUBLIC_FIELDS[typeName]].sort());
  });

  it('belong to the only ways to a person that the schema has', () => {
    const queries = Object.values(schema.getQueryType()?.getFields() ?? {}).filter(({ type }) =>
      /^(User|Node|\[Node\]!)$/.test(String(type)),
    );
    expect(queries.map(({ name }) => name).sort()).toEqual(['me', 'node', 'nodes', 'user', 'userByUsername']);
    const parents = Object.values(schema.getTypeMap()).filter(
      (type) =>
        isObjectType(type) &&
        Object.values(type.getFields()).some(
          (field) => String(field.type).includes('User!') || String(field.type) === 'User',
        ),
    );
    expect(parents.map(({ name }) => name).sort()).toEqual([
      'ChangePasswordPayload',
      'LoginPayload',
      'Query',
      'RegisterPayload',
      'ReinstateUserPayload',
      'SetUserRolesPayload',
      'SuspendUserPayload',
      'UpdatePreferencesPayload',
      'UpdateProfilePayload',
      'UserConnection',
      'UserEdge',
    ]);
  });

  describe.each(READING)('through $name', ({ query, at }) => {
    it.each(['self', 'admin'] as const)('answer %s', async (caller) => {
      const answer = await ask(caller, query(ada));
      expectFields(answer, at, ALL_FIELDS, {});
      expect(valueAt(answer.data, [...at, 'email'])).toBe(ada.email);
    });

    it('are refused to another person', async () => {
      expectFields(await ask('other', query(ada)), at, ALL_FIELDS, allRefused(ALL_FIELDS, 'FORBIDDEN'));
    });

    it.each([
      ['nobody', MISSING],
      ['expired', EXPIRED],
      ['garbage', INVALID],
    ] as const)('are out of reach for %s', async (caller, refusal) => {
      const answer = await ask(caller, query(ada));
      expect(summaryOf(answer.errors)).toEqual([`${String(at[0])} ${refusal}`]);
      expect(answer.text).not.toContain(ada.email);
      expect(valueAt(answer.data, [String(at[0])]) ?? null).toBeNull();
    });
  });

  describe('through me', () => {
    it('answer the person', async () => {
      const answer = await ask('self', `{ me { ${SELECTION} } }`);
      expectFields(answer, ['me'], ALL_FIELDS, {});
    });

    it.each([
      ['nobody', []],
      ['expired', [`me ${EXPIRED}`]],
      ['garbage', [`me ${INVALID}`]],
    ] as const)('are out of reach for %s', async (caller, errors) => {
      const answer = await ask(caller, `{ me { ${SELECTION} } }`);
      expect(answer.data).toEqual({ me: null });
      expect(summaryOf(answer.errors)).toEqual(errors);
    });
  });

  describe('through the answer that opens a session', () => {
    let counter = 0;
    const registration = () => {
      counter += 1;
      return `mutation { register(input: {
        username: "newcomer-${counter}", email: "newcomer${counter}@example.com", password: "window seat 42 B"
      }) { user { ${SELECTION} } userErrors { code } } }`;
    };
    const login = () => `mutation { login(input: { identifier: "${ada.username}", password: "${ada.password}" }) {
      user { ${SELECTION} } userErrors { code }
    } }`;

    // The request itself has proven who is asking, to the subgraph that checked it. The other one knows the header only.
    it.each([
      ['nobody', 'FORBIDDEN'],
      ['expired', EXPIRED],
      ['garbage', INVALID],
    ] as const)('answer, except for preferences, without a token that is good: %s', async (caller, refusal) => {
      const refusals = { 'profile.preferences': refusal };
      expectFields(await ask(caller, registration()), ['register', 'user'], ALL_FIELDS, refusals);
      expectFields(await ask(caller, login()), ['login', 'user'], ALL_FIELDS, refusals);
    });

    it('answer, except for preferences, with a token of another account', async () => {
      const refusals = { 'profile.preferences': 'FORBIDDEN' } as const;
      expectFields(await ask('other', registration()), ['register', 'user'], ALL_FIELDS, refusals);
    });

    it('answer, except for preferences, in a session that the login ends', async () => {
      const refusals = { 'profile.preferences': REVOKED } as const;
      for (const person of [ada, grace])
        expectFields(await askInSessionOf(person, login()), ['login', 'user'], ALL_FIELDS, refusals);
    });
  });

  describe('through the answer to a change of oneself', () => {
    const changes = {
      updateProfile: () => `mutation { updateProfile(input: { bio: "hello" }) { user { ${SELECTION} } } }`,
      updatePreferences: () => `mutation { updatePreferences(input: { theme: DARK }) { user { ${SELECTION} } } }`,
      changePassword: () => `mutation { changePassword(input: {
        currentPassword: "${ada.password}", newPassword: "${ada.password}"
      }) { user { ${SELECTION} } } }`,
    };

    it.each(['updateProfile', 'updatePreferences', 'changePassword'] as const)('answer: %s', async (name) => {
      expectFields(await ask('self', changes[name]()), [name, 'user'], ALL_FIELDS, {});
    });

    it.each(['updateProfile', 'updatePreferences', 'changePassword'] as const)(
      'are out of reach without a good token: %s',
      async (name) => {
        expect(summaryOf((await ask('nobody', changes[name]())).errors)).toEqual([`${name} ${MISSING}`]);
        expect(summaryOf((await ask('expired', changes[name]())).errors)).toEqual([`${name} ${EXPIRED}`]);
      },
    );
  });

  describe.each([
    { subgraph: 'auth', fields: AUTH_FIELDS },
    { subgraph: 'users', fields: ['profile.preferences'] },
  ] as const)('straight at the $subgraph subgraph', ({ subgraph, fields }) => {
    const at = ['_entities', 0];

    it.each(['self', 'admin'] as const)('answer %s', async (caller) => {
      expectFields(await askSubgraph(subgraph, caller), at, fields, {});
    });

    it.each([
      ['other', 'FORBIDDEN'],
      ['nobody', 'FORBIDDEN'],
      ['expired', EXPIRED],
      ['garbage', INVALID],
    ] as const)('are refused to %s', async (caller, refusal) => {
      const answer = await askSubgraph(subgraph, caller);
      expectFields(answer, at, fields, allRefused(fields, refusal));
      expect(answer.text).not.toContain(ada.email);
    });

    it('are out of reach without the credential of the gateway', async () => {
      for (const credential of [{}, { 'router-authorization': 'guessed' }]) {
        const answer = await sendGraphql(stack.services[subgraph].url, {
          query: `{ _entities(representations: [{ __typename: "User", id: "${ada.id}" }]) { __typename } }`,
          headers: { ...headersOf('self'), ...credential },
        });
        expect(answer.status).toBe(401);
        expect(answer.data).toBeNull();
      }
    });
  });
});

function valueAt(value: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (current, key) => (typeof current === 'object' && current !== null ? Reflect.get(current, key) : undefined),
    value,
  );
}
