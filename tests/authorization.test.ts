import { readFileSync } from 'node:fs';
import { demandsOf } from '@identity/service-kit/access-demands';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  buildSchema,
  getNamedType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isRequiredArgument,
  isRequiredInputField,
  Kind,
  parse,
  type GraphQLInputType,
} from 'graphql';
import { bearer, sendGraphql, summaryOf } from './harness/graphql.js';
import { registerSomebody } from './harness/people.js';
import { routerName } from './harness/router-name.js';
import { startStack, type TestStack } from './harness/stack.js';

type Caller = 'nobody' | 'garbage' | 'expired' | 'user';

const ROOTS = { Query: 'query', Mutation: 'mutation' } as const;

/** A field of a root type that not everybody may read or call. */
interface GatedField {
  readonly subgraph: 'auth' | 'users';
  readonly root: keyof typeof ROOTS;
  readonly name: string;
  readonly forAdmins: boolean;
}

const schema = buildSchema(readFileSync(new URL('../schema/api.graphql', import.meta.url), 'utf8'));
const gatedFields = (['auth', 'users'] as const).flatMap(gatedFieldsOf);

function gatedFieldsOf(subgraph: GatedField['subgraph']): readonly GatedField[] {
  const sdl = readFileSync(new URL(`../subgraphs/${subgraph}/schema.graphql`, import.meta.url), 'utf8');
  return parse(sdl).definitions.flatMap((definition) => {
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION) return [];
    const root = definition.name.value;
    if (root !== 'Query' && root !== 'Mutation') return [];
    return (definition.fields ?? []).flatMap(({ name, directives = [] }) => {
      const demands = demandsOf(directives);
      const forAdmins = demands.some((demand) => demand.every((scopes) => scopes.length > 0));
      return demands.length === 0 ? [] : [{ subgraph, root, name: name.value, forAdmins }];
    });
  });
}

/** An operation that selects the field, with arguments of the right types and no meaning. */
function operationOf({ root, name }: GatedField): string {
  const field = schema.getType(root) === undefined ? undefined : fieldOf(root, name);
  if (field === undefined) throw new Error(`the API has no ${root}.${name}`);
  const values = field.args.filter(isRequiredArgument).map((argument) => `${argument.name}: ${valueOf(argument.type)}`);
  const below = isCompositeType(getNamedType(field.type)) ? ' { __typename }' : '';
  return `${ROOTS[root]} { ${name}${values.length === 0 ? '' : `(${values.join(', ')})`}${below} }`;
}

function fieldOf(root: GatedField['root'], name: string) {
  return (root === 'Query' ? schema.getQueryType() : schema.getMutationType())?.getFields()[name];
}

function valueOf(type: GraphQLInputType): string {
  if (isNonNullType(type)) return valueOf(type.ofType);
  if (isListType(type)) return `[${valueOf(type.ofType)}]`;
  if (isEnumType(type)) return type.getValues()[0]?.name ?? '';
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields()).filter(isRequiredInputField);
    return `{ ${fields.map((field) => `${field.name}: ${valueOf(field.type)}`).join(', ')} }`;
  }
  if (type.name === 'Boolean') return 'true';
  return type.name === 'Int' || type.name === 'Float' ? '1' : '"x"';
}

describe('fields that not everybody may read or call', () => {
  let stack: TestStack;
  let headers: Readonly<Record<Caller, Readonly<Record<string, string>>>>;

  beforeAll(async () => {
    stack = await startStack();
    const ada = await registerSomebody(stack.client);
    const bob = await registerSomebody(stack.client);
    stack.clock.advance(20 * 60_000);
    const { data } = await stack.client.refreshSession({ input: { refreshToken: bob.refreshToken } });
    headers = {
      nobody: {},
      garbage: bearer('garbage'),
      expired: bearer(ada.accessToken),
      user: bearer(data?.refreshSession.tokens?.accessToken ?? ''),
    };
  });

  afterAll(async () => {
    await stack.close();
  });

  const askGateway = (caller: Caller, query: string) =>
    sendGraphql(stack.services.gateway.url, { query, headers: headers[caller] });

  const askSubgraph = (subgraph: GatedField['subgraph'], caller: Caller, query: string) =>
    sendGraphql(stack.services[subgraph].url, {
      query,
      headers: { ...headers[caller], 'router-authorization': stack.services.routerSecret },
    });

  it('are there', () => {
    expect(gatedFields.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['node', 'nodes', 'logout', 'updateProfile']),
    );
  });

  describe.each(gatedFields)('$name of $subgraph', (field) => {
    const query = operationOf(field);

    it.each<[Caller, string]>([
      ['nobody', 'UNAUTHENTICATED TOKEN_MISSING'],
      ['garbage', 'UNAUTHENTICATED TOKEN_INVALID'],
      ['expired', 'UNAUTHENTICATED TOKEN_EXPIRED'],
      ...(field.forAdmins ? [['user', 'FORBIDDEN'] satisfies [Caller, string]] : []),
    ])('refuses %s alike at the gateway and straight at the subgraph', async (caller, refusal) => {
      const gateway = await askGateway(caller, query);
      const subgraph = await askSubgraph(field.subgraph, caller, query);
      expect(summaryOf(gateway.errors)).toEqual([`${field.name} ${refusal}`]);
      expect(gateway.errors).toEqual(
        subgraph.errors.map(({ message, path, extensions }) => ({ message, path, extensions })),
      );
      expect(gateway.data).toEqual(subgraph.data);
      expect(gateway.data).toEqual(
        isNonNullType(fieldOf(field.root, field.name)?.type) ? null : { [field.name]: null },
      );
    });
  });

  it('are answered beside those that everybody may read', async () => {
    const query = '{ validateToken { active } user(id: "x") { username } again: validateToken { active } }';
    const { data, errors } = await askGateway('nobody', query);
    expect(data).toEqual({ validateToken: { active: false }, user: null, again: { active: false } });
    expect(summaryOf(errors)).toEqual(['user UNAUTHENTICATED TOKEN_MISSING']);
  });

  // Other routers ask the subgraphs, which refuse.
  if (routerName() === 'gateway') {
    it('have no effect beside one that voids the answer', async () => {
      const username = 'nobody-at-all';
      const { data, errors } = await askGateway(
        'nobody',
        `mutation {
        register(input: { username: "${username}", email: "${username}@example.com", password: "quiet harbour lantern" }) {
          userErrors { code }
        }
        updateProfile(input: {}) { user { id } }
      }`,
      );
      expect(data).toBeNull();
      expect(summaryOf(errors)).toEqual(['updateProfile UNAUTHENTICATED TOKEN_MISSING']);
      const found = await askGateway('user', `{ userByUsername(username: "${username}") { id } }`);
      expect(found).toMatchObject({ data: { userByUsername: null }, errors: [] });
    });

    it('are refused by the gateway before it asks anybody: when there is nobody, too', async () => {
      await stack.services.users.close();
      await stack.services.auth.close();
      for (const field of gatedFields) {
        // FORBIDDEN, which needs no data, cannot tell whether there is the account that the field is about.
        for (const [caller, refusal] of [
          ['nobody', 'UNAUTHENTICATED TOKEN_MISSING'],
          ['garbage', 'UNAUTHENTICATED TOKEN_INVALID'],
          ['expired', 'UNAUTHENTICATED TOKEN_EXPIRED'],
          ...(field.forAdmins ? [['user', 'FORBIDDEN'] as const] : []),
        ] as const)
          expect(summaryOf((await askGateway(caller, operationOf(field))).errors)).toEqual([
            `${field.name} ${refusal}`,
          ]);
      }
    });
  }
});
