import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Role } from '@identity/service-kit/access-token';
import type { Authentication } from '@identity/service-kit/authentication';
import { serviceUnavailable } from '@identity/service-kit/errors';
import { maskError } from '@identity/service-kit/mask-errors';
import { createRecord } from '@identity/service-kit/request-log';
import { createSubgraphSchema } from '@identity/service-kit/subgraph-schema';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { graphql, type GraphQLSchema } from 'graphql';

const LINK = `extend schema @link(
  url: "https://specs.apollo.dev/federation/v2.9", import: ["@authenticated", "@key", "@requiresScopes"]
)
directive @self on FIELD_DEFINITION
`;

const SDL = `${LINK}
interface Thing { id: ID! price: Int }
type Book implements Thing @key(fields: "id") {
  id: ID!
  price: Int @authenticated
  isbn: String
}
type Vault implements Thing @requiresScopes(scopes: [["role:admin"]]) {
  id: ID!
  price: Int
}
extend type Vault { combination: String }
interface Written { text: String @self }
type Letter implements Written { createdAt: Int text: String }
enum Secrecy @authenticated { LOW }
scalar Fingerprint @authenticated
union Found = Book | Vault
type Query {
  open: String
  gated: String @authenticated
  admins: String @requiresScopes(scopes: [["role:admin"]])
  both: String @requiresScopes(scopes: [["role:user", "role:admin"]])
  either: String @requiresScopes(scopes: [["role:user"], ["role:admin"]])
  unknownScope: String @requiresScopes(scopes: [["orders:read"]])
  nobody: String @requiresScopes(scopes: [])
  required: String! @authenticated
  things: [Thing]
  found: [Found]
  vault: Vault
  secrecy: Secrecy
  fingerprints: [Fingerprint!]
  letter: Letter
}
type Mutation { change: String @authenticated }
`;

const resolvers = {
  Query: {
    ...Object.fromEntries(
      ['open', 'gated', 'admins', 'both', 'either', 'unknownScope', 'nobody', 'required'].map((name) => [
        name,
        () => name,
      ]),
    ),
    things: () => [BOOK, VAULT],
    found: () => [BOOK, VAULT],
    vault: () => VAULT,
    secrecy: () => 'LOW',
    fingerprints: () => ['aa:bb'],
    letter: () => ({ owner: 'user_ada', createdAt: 1, text: 'Dear Bob' }),
  },
  Mutation: { change: () => 'changed' },
};
const BOOK = { __typename: 'Book', id: 'b', price: 1, isbn: '978' };
const VAULT = { __typename: 'Vault', id: 'v', price: 2, combination: '0000' };

const MISSING = 'UNAUTHENTICATED TOKEN_MISSING';

describe('a schema that declares who may read', () => {
  let folder: string;
  let schema: GraphQLSchema;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'schema-authorization-'));
    schema = await build(SDL);
  });

  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  async function build(sdl: string, subjects: Parameters<typeof createSubgraphSchema>[2] = letters) {
    const file = join(folder, 'schema.graphql');
    await writeFile(file, sdl);
    return createSubgraphSchema<Parents>(pathToFileURL(file), resolvers, subjects);
  }

  async function ask(authentication: Authentication, source: string) {
    const { data, errors = [] } = await graphql({
      schema,
      source,
      contextValue: { authentication, record: createRecord() },
    });
    const told = errors.map((error) => {
      const { code, reason = '' } = maskError(error.toJSON(), error).extensions ?? {};
      return `${error.path?.join('.') ?? ''} ${String(code)} ${String(reason)}`.trim();
    });
    return { data: data === undefined ? undefined : plain(data), errors: told };
  }

  it.each<[string, Authentication, string | null]>([
    ['a user', user(), null],
    ['nobody', { kind: 'anonymous' }, MISSING],
    ['an expired token', { kind: 'refused', reason: 'TOKEN_EXPIRED' }, 'UNAUTHENTICATED TOKEN_EXPIRED'],
    ['a revoked token', { kind: 'refused', reason: 'TOKEN_REVOKED' }, 'UNAUTHENTICATED TOKEN_REVOKED'],
    ['a token nobody can judge', { kind: 'unknown', error: serviceUnavailable('auth') }, 'SERVICE_UNAVAILABLE'],
  ])('answers @authenticated to those with a good token: %s', async (_who, authentication, refusal) => {
    expect(await ask(authentication, '{ open gated alias: gated }')).toEqual({
      data: { open: 'open', gated: refusal ? null : 'gated', alias: refusal ? null : 'gated' },
      errors: refusal ? [`gated ${refusal}`, `alias ${refusal}`] : [],
    });
    expect(await ask(authentication, 'mutation { change }')).toEqual({
      data: { change: refusal ? null : 'changed' },
      errors: refusal ? [`change ${refusal}`] : [],
    });
  });

  it.each<[string, Authentication, readonly string[]]>([
    ['nobody', { kind: 'anonymous' }, []],
    ['a user', user('USER'), ['either']],
    ['an admin', user('ADMIN'), ['admins', 'either']],
    ['an admin who is a user', user('USER', 'ADMIN'), ['admins', 'both', 'either']],
    ['a token without roles', user(), []],
  ])(
    'answers @requiresScopes to those who have one of its sets in full: %s',
    async (_who, authentication, answered) => {
      const fields = ['admins', 'both', 'either', 'unknownScope', 'nobody'];
      const { data, errors } = await ask(authentication, `{ ${fields.join(' ')} }`);
      expect(data).toEqual(Object.fromEntries(fields.map((name) => [name, answered.includes(name) ? name : null])));
      const refusal = authentication.kind === 'anonymous' ? MISSING : 'FORBIDDEN';
      expect(errors).toEqual(fields.filter((name) => !answered.includes(name)).map((name) => `${name} ${refusal}`));
    },
  );

  it('keeps the rules of an object whatever leads to it', async () => {
    const query = `{
      things { id price }
      found { ... on Book { isbn price } ...V }
      vault { combination }
    } fragment V on Vault { combination }`;
    expect(await ask(user('USER'), query)).toEqual({
      data: {
        things: [{ id: 'b', price: 1 }, null],
        found: [{ isbn: '978', price: 1 }, { combination: null }],
        vault: null,
      },
      errors: ['things.1.id FORBIDDEN', 'found.1.combination FORBIDDEN', 'vault FORBIDDEN'],
    });
    expect(await ask(user('ADMIN'), query)).toEqual({
      data: {
        things: [
          { id: 'b', price: 1 },
          { id: 'v', price: 2 },
        ],
        found: [{ isbn: '978', price: 1 }, { combination: '0000' }],
        vault: { combination: '0000' },
      },
      errors: [],
    });
  });

  it('keeps the rules of enums and scalars', async () => {
    expect(await ask({ kind: 'anonymous' }, '{ secrecy fingerprints }')).toEqual({
      data: { secrecy: null, fingerprints: null },
      errors: [`secrecy ${MISSING}`, `fingerprints ${MISSING}`],
    });
  });

  it('lets a refused field that cannot be null take along what holds it', async () => {
    expect(await ask({ kind: 'anonymous' }, '{ open required }')).toEqual({
      data: null,
      errors: [`required ${MISSING}`],
    });
  });

  it.each<[string, Authentication, string | null]>([
    ['the account itself', user('USER'), null],
    ['an admin', { ...user('ADMIN', 'USER'), viewer: { userId: 'user_eve', sessionId: 's', roles: ['ADMIN'] } }, null],
    [
      'another account',
      { ...user('USER'), viewer: { userId: 'user_eve', sessionId: 's', roles: ['USER'] } },
      'FORBIDDEN',
    ],
    ['nobody', { kind: 'anonymous' }, 'FORBIDDEN'],
    ['an expired token', { kind: 'refused', reason: 'TOKEN_EXPIRED' }, 'UNAUTHENTICATED TOKEN_EXPIRED'],
  ])('answers @self to %s', async (_who, authentication, refusal) => {
    expect(await ask(authentication, '{ letter { text } }')).toEqual({
      data: { letter: { text: refusal ? null : 'Dear Bob' } },
      errors: refusal ? [`letter.text ${refusal}`] : [],
    });
  });

  it.each<[string, string, RegExp]>([
    [
      '@self on a type of which nothing tells whose it is',
      `${LINK} type Query { diary: Diary } type Diary { page: String @self }`,
      /^Diary\.page has @self/,
    ],
    [
      'a policy',
      `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@policy"])
       type Query { x: Int @policy(policies: [["vip"]]) }`,
      /^@policy would not/,
    ],
    [
      'a directive without an import',
      'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9") type Query { x: Int @federation__authenticated }',
      /^@federation__authenticated would not/,
    ],
    [
      'a directive on an interface, whose other implementations would be open',
      `${LINK} type Query { x: X } interface X @authenticated { y: Int }`,
      /cannot be applied on interfaces/,
    ],
    [
      'a directive under another name',
      `extend schema @link(
         url: "https://specs.apollo.dev/federation/v2.9", import: [{ name: "@authenticated", as: "@signedIn" }]
       ) type Query { x: Int @signedIn }`,
      /^@authenticated must be imported under its own name/,
    ],
  ])('refuses to be built with %s', async (_what, sdl, message) => {
    await expect(build(sdl, {})).rejects.toThrow(message);
  });
});

interface Parents {
  readonly Letter: { readonly owner: string };
}

const letters = { Letter: ({ owner }: Parents['Letter']) => ({ userId: owner }) };

function user(...roles: readonly Role[]): Authentication & { readonly kind: 'authenticated' } {
  const [sub, sid] = ['user_ada', 'session_1'];
  return {
    kind: 'authenticated',
    viewer: { userId: sub, sessionId: sid, roles },
    claims: { iss: 'https://id.example.com', aud: 'api', sub, sid, roles, jti: 'j', iat: 0, exp: 1 },
  };
}

/** Objects of graphql-js have no prototype, which a comparison would notice. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
