import type { ComposedSubgraph } from './gateway.js';
import { startSubgraph, type SubgraphServer } from './subgraph-server.js';

const LINK = `extend schema @link(
  url: "https://specs.apollo.dev/federation/v2.9"
  import: ["@authenticated", "@key", "@requiresScopes", "@shareable"]
)`;
const ADMINS = '@requiresScopes(scopes: [["role:admin"]])';

const PEOPLE = `${LINK}
interface Node { id: ID! rank: Int }
interface Asset { id: ID! price: Int }

type Person implements Node @key(fields: "id") {
  id: ID!
  rank: Int @authenticated
  name: String!
  email: String @authenticated
  salary: Int! ${ADMINS}
  best: Person
  friends: [Person!]!
}
type Pet implements Node { id: ID! rank: Int name: String! tag: String owner: Person }
type Vault implements Asset ${ADMINS} { id: ID! price: Int combination: String }
type Chair implements Asset { id: ID! price: Int }
union Found = Person | Pet | Vault
enum Secrecy @authenticated { LOW }
scalar Fingerprint ${ADMINS}
type Wrap { open: String secret: String! @authenticated inner: Wrap! }

type Query {
  open: String
  whoami: String @authenticated
  both: String @requiresScopes(scopes: [["role:user", "role:admin"]])
  nobody: String @requiresScopes(scopes: [["orders:read"]])
  required: String! @authenticated
  person(id: ID): Person
  people: [Person!]!
  team: [Person] ${ADMINS}
  node(id: ID): Node
  nodes: [Node]!
  grid: [[Person]!]
  assets: [Asset]
  chair: Chair
  found: [Found!]
  secrecy: Secrecy
  fingerprints: [Fingerprint!]
  wrap: Wrap!
  maybe: Wrap
  wraps: [Wrap!]
}
type Mutation {
  touch(by: String): Person
  promote: Person ${ADMINS}
  erase: Person! ${ADMINS}
  wrap: Wrap!
}
`;

const ORDERS = `${LINK}
type Person @key(fields: "id") {
  id: ID!
  nickname: String
  orders: [Order!] @authenticated
}
type Order { id: ID! total: Int ${ADMINS} }
`;

const ADA = { __typename: 'Person', id: 'ada', rank: 1, name: 'Ada', email: 'ada@example.com', salary: 100 };
const BOB = { __typename: 'Person', id: 'bob', rank: 2, name: 'Bob', email: 'bob@example.com', salary: 200 };
const REX = { __typename: 'Pet', id: 'rex', rank: 3, name: 'Rex', tag: 'R-1', owner: ADA };
const VAULT = { __typename: 'Vault', id: 'vault', price: 9, combination: '0000' };
const CHAIR = { __typename: 'Chair', id: 'chair', price: 1 };
const WRAP = { open: 'open', secret: 'secret', inner: () => WRAP };

const person = { best: () => BOB, friends: () => [ADA, BOB] };

/** Subgraphs behind a gateway, which refuse nobody themselves: what they are asked for they answer. */
export interface GatedSubgraphs {
  readonly composed: readonly ComposedSubgraph[];
  /** Every operation that any of them has been sent, and forgets them. */
  takeAsked(): readonly string[];
  stop(): Promise<void>;
}

export async function startGatedSubgraphs(): Promise<GatedSubgraphs> {
  const people = await startSubgraph(PEOPLE, {
    Person: { ...person, __resolveReference: ({ id }: { readonly id: string }) => (id === 'ada' ? ADA : BOB) },
    Query: {
      open: () => 'open',
      whoami: () => 'ada',
      both: () => 'both',
      nobody: () => 'nobody',
      required: () => 'required',
      person: (_parent: unknown, { id }: { readonly id?: string }) => (id === 'nobody' ? null : ADA),
      people: () => [ADA, BOB],
      team: () => [ADA, null],
      node: (_parent: unknown, { id }: { readonly id?: string }) => (id === 'rex' ? REX : ADA),
      nodes: () => [ADA, REX, null, BOB],
      grid: () => [[ADA, null], [BOB]],
      assets: () => [VAULT, CHAIR],
      chair: () => CHAIR,
      found: () => [ADA, REX, VAULT],
      secrecy: () => 'LOW',
      fingerprints: () => ['aa:bb'],
      wrap: () => WRAP,
      maybe: () => WRAP,
      wraps: () => [WRAP, WRAP],
    },
    Mutation: { touch: () => ADA, promote: () => ADA, erase: () => ADA, wrap: () => WRAP },
  });
  const orders = await startSubgraph(ORDERS, {
    Person: {
      __resolveReference: (reference: object) => reference,
      nickname: ({ id }: { readonly id: string }) => `the great ${id}`,
      orders: () => [{ id: 'o1', total: 5 }],
    },
  });
  const servers: readonly SubgraphServer[] = [people, orders];
  const taken = new Map<SubgraphServer, number>();

  return {
    composed: [
      { name: 'people', sdl: PEOPLE, url: people.url },
      { name: 'orders', sdl: ORDERS, url: orders.url },
    ],
    takeAsked() {
      return servers.flatMap((server) => {
        const fresh = server.requests.slice(taken.get(server) ?? 0);
        taken.set(server, server.requests.length);
        return fresh.map(({ body }) => body);
      });
    },
    async stop() {
      for (const server of servers) await server.stop();
    },
  };
}
