import { buildSubgraphSchema } from '@apollo/subgraph';
import type { Role } from '@identity/service-kit/access-token';
import type { Authentication } from '@identity/service-kit/authentication';
import { maskError } from '@identity/service-kit/mask-errors';
import { enforceAuthorization } from '@identity/service-kit/schema-authorization';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  execute,
  getOperationAST,
  NoUnusedFragmentsRule,
  NoUnusedVariablesRule,
  parse,
  specifiedRules,
  validate,
  type DocumentNode,
  type GraphQLError,
  type OperationDefinitionNode,
} from 'graphql';
import { createAuthorization } from '../src/authorization/authorization.js';
import type { Execute } from '../src/authorization/execute.js';
import type { OperationRequest } from '../src/execution/apollo-types.js';

const SDL = `
extend schema @link(
  url: "https://specs.apollo.dev/federation/v2.9", import: ["@authenticated", "@requiresScopes"]
)
interface Node { id: ID! secret: String }
type Person implements Node {
  id: ID!
  name: String
  secret: String @authenticated
  pay: Int! @requiresScopes(scopes: [["role:admin"]])
  best: Person
  friends: [Person!]!
  things: [Node] @requiresScopes(scopes: [["role:user"], ["role:admin"]])
}
type Pet implements Node { id: ID! secret: String @authenticated tag: String owner: Person }
union Any = Person | Pet
type Query {
  open: String
  must: String! @authenticated
  person: Person
  gated: Person @authenticated
  team: [[Person]!] @requiresScopes(scopes: [["role:admin"]])
  node: Node
  any: [Any!]
}
`;

const ADA = { __typename: 'Person', id: 'ada', name: 'Ada', secret: 'ada', pay: 1, best: () => BOB, ...relations() };
const BOB = { __typename: 'Person', id: 'bob', name: 'Bob', secret: 'bob', pay: 2, best: null, ...relations() };
const REX = { __typename: 'Pet', id: 'rex', secret: 'rex', tag: 'R-1', owner: () => ADA };
const ANSWERS = { open: 'o', must: 'm', person: ADA, gated: BOB, team: [[ADA, null], []], node: REX, any: [ADA, REX] };
const RESOLVERS = { Query: Object.fromEntries(Object.entries(ANSWERS).map(([name, value]) => [name, () => value])) };

function relations() {
  return { friends: () => [ADA, BOB], things: () => [REX, null, ADA] };
}

/** What can be selected on a type: leaves, and fields with the type that they lead to. */
const SELECTABLE: Readonly<Record<string, Readonly<Record<string, string | null>>>> = {
  Query: { open: null, must: null, person: 'Person', gated: 'Person', team: 'Person', node: 'Node', any: 'Any' },
  Person: { id: null, name: null, secret: null, pay: null, best: 'Person', friends: 'Person', things: 'Node' },
  Pet: { id: null, secret: null, tag: null, owner: 'Person' },
  Node: { id: null, secret: null },
  Any: {},
};
const CONDITIONS: Readonly<Record<string, readonly string[]>> = {
  Query: ['Query'],
  Person: ['Person', 'Node', 'Any'],
  Pet: ['Pet', 'Node', 'Any'],
  Node: ['Person', 'Pet', 'Node'],
  Any: ['Person', 'Pet', 'Node'],
};
const SPREADABLE = ['Person', 'Pet', 'Node'];

const directives = fc.constantFrom('', '', '', '', ' @include(if: $yes)', ' @skip(if: $yes)', ' @include(if: $no)');

/** Selections on a type, as text. Named fragments are spread above the given depth only, so that none is spread in itself. */
function selectionsOn(type: string, depth: number): fc.Arbitrary<string> {
  const fields = Object.entries(SELECTABLE[type] ?? {}).flatMap(([name, leadsTo]) => {
    if (leadsTo !== null && depth === 0) return [];
    // `x` answers for different fields of different types.
    const alias = fc.constantFrom('', '', `other_${name}: `, leadsTo === null ? 'x: ' : '');
    const below = leadsTo === null ? fc.constant('') : selectionsOn(leadsTo, depth - 1).map((text) => ` ${text}`);
    return [fc.tuple(alias, directives, below).map(([as, when, text]) => `${as}${name}${when}${text}`)];
  });
  const inline = (CONDITIONS[type] ?? []).map((condition) =>
    fc
      .tuple(directives, depth === 0 ? fc.constant('{ __typename }') : selectionsOn(condition, depth - 1))
      .map(([when, text]) => `... on ${condition}${when} ${text}`),
  );
  const spreads = (depth < 2 ? [] : (CONDITIONS[type] ?? []))
    .filter((condition) => SPREADABLE.includes(condition))
    .map((condition) => directives.map((when) => `...On${condition}${when}`));
  return fc
    .array(fc.oneof(fc.constant('__typename'), ...fields, ...inline, ...spreads), { minLength: 1, maxLength: 4 })
    .map((selections) => `{ ${selections.join(' ')} }`);
}

const documents = fc
  .tuple(selectionsOn('Query', 4), ...SPREADABLE.map((type) => selectionsOn(type, 1)))
  .map(([root, ...fragments]) => {
    const operation = `query ($yes: Boolean!, $no: Boolean = false) {
      open @include(if: $yes) @skip(if: $no) ... on Query ${root}
    }`;
    const spread = SPREADABLE.flatMap((type, index) =>
      root.includes(`...On${type}`) ? [`fragment On${type} on ${type} ${fragments[index] ?? ''}`] : [],
    );
    return [operation, ...spread].join('\n');
  });

const CALLERS: readonly Authentication[] = [
  { kind: 'anonymous' },
  { kind: 'refused', reason: 'TOKEN_EXPIRED' },
  withRoles(),
  withRoles('USER'),
  withRoles('ADMIN'),
  withRoles('USER', 'ADMIN'),
];

describe('what the gateway leaves out, of operations made at random', () => {
  const open = buildSubgraphSchema([{ typeDefs: parse(SDL), resolvers: RESOLVERS }]);
  const guarded = buildSubgraphSchema([{ typeDefs: parse(SDL), resolvers: RESOLVERS }]);
  enforceAuthorization(guarded, new Map());

  const gateways = CALLERS.map(gatewayFor);

  function gatewayFor(authentication: Authentication): Execute<OperationRequest> {
    const authorization = createAuthorization(() => Promise.resolve(authentication));
    authorization.use(open, SDL);
    // Refuses nothing itself: whatever is refused, the authorization before it has refused.
    return authorization.enforce(async ({ schema, document, request: { variables = {} } }) => {
      expect(validate(schema, document, RULES)).toEqual([]);
      return execute({ schema, document, variableValues: variables });
    });
  }

  it('is what a subgraph would refuse field by field', async () => {
    await fc.assert(
      fc.asyncProperty(documents, fc.nat({ max: CALLERS.length - 1 }), async (query, caller) => {
        const [gateway, authentication] = [gateways[caller], CALLERS[caller]];
        if (gateway === undefined || authentication === undefined) throw new Error('nobody is asking');
        const document = parse(query);
        fc.pre(validate(open, document).length === 0);
        const answer = await gateway({
          schema: open,
          document,
          operation: operationOf(document),
          queryHash: query,
          request: { variables: VARIABLES },
          context: { authorization: authentication.kind === 'anonymous' ? null : 'Bearer token' },
        });
        const contextValue = { authentication };
        const expected = await execute({ schema: guarded, document, variableValues: VARIABLES, contextValue });
        expect(JSON.stringify(answer.data)).toBe(JSON.stringify(expected.data));
        // What takes along what holds it hides other errors, or not, as the executor likes.
        if (/\b(must|pay)\b/.test(query)) return;
        expect(placesOf(answer.errors)).toEqual(placesOf(expected.errors));
      }),
      { numRuns: 1_000, seed: 20_261_126 },
    );
  });
});

/** What is taken out may leave fragments and variables behind that nothing uses any more. */
const RULES = specifiedRules.filter((rule) => rule !== NoUnusedFragmentsRule && rule !== NoUnusedVariablesRule);
const VARIABLES = { yes: true };

function operationOf(document: DocumentNode): OperationDefinitionNode {
  const operation = getOperationAST(document);
  if (operation == null) throw new Error('there is no operation');
  return operation;
}

function placesOf(errors: readonly GraphQLError[] = []): readonly string[] {
  return errors
    .map((error) => {
      const { code, reason = '' } = maskError(error.toJSON(), error).extensions ?? {};
      return `${(error.path ?? []).join('.')} ${String(code)} ${String(reason)}`;
    })
    .sort();
}

function withRoles(...roles: readonly Role[]): Authentication {
  const [sub, sid, jti] = ['user_1', 'session_1', 'token_1'];
  return {
    kind: 'authenticated',
    viewer: { userId: sub, sessionId: sid, roles },
    claims: { iss: '', aud: '', sub, sid, jti, iat: 0, exp: 1, roles },
  };
}
