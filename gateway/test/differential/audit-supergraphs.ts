import { subgraphs, type TestSubgraph } from './supergraphs.js';

/** Subgraphs in the federation's first version. */
function formerSubgraphs(sdls: Readonly<Record<string, string>>): readonly TestSubgraph[] {
  return Object.entries(sdls).map(([name, sdl]) => ({ name, sdl }));
}

/**
 * The shapes of the public audit of federation gateways, by the names of its suites, on subgraphs of our own. Left out
 * are those that `@apollo/gateway` itself fails.
 */
export const AUDIT_SHAPES: Readonly<Record<string, readonly TestSubgraph[]>> = {
  'abstract-types': subgraphs({
    stays: `interface Stay { id: ID! name: String } union Lodging = Hotel | Camp
      type Hotel implements Stay @key(fields: "id") { id: ID! name: String stars: Int }
      type Camp implements Stay @key(fields: "id") { id: ID! name: String pitches: [Pitch] }
      type Pitch @key(fields: "id") { id: ID! size: Int }
      type Query { stays: [Stay] lodging: Lodging }`,
    guests: `interface Stay { id: ID! guests: [Guest!] } type Guest { name: String! }
      type Hotel implements Stay @key(fields: "id") { id: ID! guests: [Guest!] }
      type Camp implements Stay @key(fields: "id") { id: ID! guests: [Guest!] }
      type Pitch @key(fields: "id") { id: ID! taken: Boolean! } type Query { visited: [Stay!]! }`,
  }),
  'child-type-mismatch': subgraphs({
    a: `type Member @key(fields: "id") { id: ID! name: String @shareable } union Account = Member | Visitor
      type Visitor { id: ID nick: String } type Query { members: [Member!]! accounts: [Account!] }`,
    b: `type Member @key(fields: "id") { id: ID! name: String @shareable similar: [Account!]! } union Account = Member | Robot
      type Robot { id: ID! name: String similar: [Account!]! } type Query { accounts2: [Account!]! }`,
  }),
  'circular-reference-interface': subgraphs({
    a: `type Query { tool: Tool } interface Tool { like: Tool }
      type Saw implements Tool @key(fields: "id") { id: ID! like: Saw @provides(fields: "teeth") teeth: Float @external }`,
    b: 'type Saw @key(fields: "id") { id: ID! teeth: Float @shareable }',
  }),
  'complex-entity-call': subgraphs({
    lists: `type Query { top: Items! } type Items @key(fields: "items { id }") { items: [Item!]! first: Item }
      type Item @key(fields: "id") { id: String! }`,
    items:
      'type Item @key(fields: "id pid") @key(fields: "id") { id: String! pid: String kind: Kind } type Kind @key(fields: "id tag") { id: String! tag: String }',
    kinds:
      'type Kind @key(fields: "id tag") { id: String! tag: String main: Item! } type Item @key(fields: "id") { id: String! price: Int }',
  }),
  'corrupted-supergraph-node-id': subgraphs({
    a: `type Query { node(id: ID!): Node @shareable account(id: String!): Account } interface Node { id: ID! }
      type Account implements Node @key(fields: "id") { id: ID! username: String! }
      type Chat implements Node @key(fields: "id") { id: ID! @external account: Account! }`,
    b: `type Query { node(id: ID!): Node @shareable chat(id: String!): Chat } interface Node { id: ID! }
      type Account implements Node @key(fields: "id") { id: ID! @external chats: [Chat!]! }
      type Chat implements Node @key(fields: "id") { id: ID! text: String! }`,
  }),
  'enum-intersection': subgraphs({
    a: 'type Query { cats: [Cat] } type Cat @key(fields: "id") { id: ID coat: Coat @shareable } enum Coat { SHORT }',
    b: `type Query { byCoat(coat: Coat!): [Cat!] catsB: [Cat!] } type Cat @key(fields: "id") { id: ID coat: Coat @shareable age: Int }
      enum Coat { SHORT LONG @inaccessible }`,
  }),
  'fed1-external-extends': formerSubgraphs({
    a: 'type Query { guest: Guest } type Guest @key(fields: "id") { id: ID! rid: ID name: String! @external }',
    b: 'type Guest @key(fields: "id") @extends { id: ID! @external name: String! nick: String } type Query { byId(id: ID!): Guest }',
  }),
  'fed1-external-extension': formerSubgraphs({
    a: 'extend type Query { guest: Guest } extend type Guest @key(fields: "id") { id: ID! @external rid: ID }',
    b: 'type Guest @key(fields: "id") { id: ID! name: String! nick: String } type Query { byId(id: ID!): Guest }',
  }),
  'fed1-external-extends-resolvable': formerSubgraphs({
    a: 'type Guest @key(fields: "id") { id: ID! name: String } type Query { guestA: Guest }',
    b: `extend type Guest @key(fields: "id") { id: ID! @external name: String @external upper: String @requires(fields: "name") }
      type Query { guestB: Guest }`,
  }),
  'fed2-external-extends': subgraphs({
    a: 'type Query { guest: Guest } type Guest @key(fields: "id") { id: ID! rid: ID name: String! @external upper: String @requires(fields: "name") }',
    b: 'extend type Guest @key(fields: "id") { id: ID! @external name: String! nick: String } type Query { byId(id: ID!): Guest provided: Guest }',
  }),
  'fed2-external-extension': subgraphs({
    a: 'type Query { guest: Guest } extend type Guest @key(fields: "id") { id: ID! @external rid: ID }',
    b: 'type Guest @key(fields: "id") { id: ID! name: String! nick: String } type Query { byId(id: ID): Guest }',
  }),
  'include-skip': subgraphs({
    a: 'type Query { item: Item } type Item @key(fields: "id") { id: ID! price: Float! }',
    b: `type Item @key(fields: "id") { id: ID! price: Float! @external dear: Boolean! @requires(fields: "price")
      never: Boolean! @requires(fields: "price") either: Boolean! @requires(fields: "price") }`,
  }),
  'input-object-intersection': subgraphs({
    a: 'input Page { first: Int! } type Person @key(fields: "id") { id: ID! name: String! @shareable } type Query { inA(page: Page!): [Person!] }',
    b: 'input Page { offset: Int first: Int! } type Person @key(fields: "id") { id: ID! name: String! @shareable } type Query { inB(page: Page!): [Person!] }',
  }),
  'interface-object-indirect-extension': subgraphs({
    writers:
      'type Query { writer: Writer } type Writer @key(fields: "id") { id: ID! name: String } type Clip @key(fields: "id") { id: ID! by: String }',
    media: `type Query { media: Media } interface Media @key(fields: "id") { id: ID! title: String }
      type Clip implements Media @key(fields: "id") { id: ID! title: String seconds: Int }
      type Text implements Media @key(fields: "id") { id: ID! title: String words: Int }`,
    lists:
      'type Query { list: List } type List @key(fields: "id") { id: ID! name: String media: Media } type Media @key(fields: "id") @interfaceObject { id: ID! }',
  }),
  'interface-object-with-requires': subgraphs({
    a: `type Query { named: [Named!]! } interface Named @key(fields: "id") { id: ID! name: String }
      type Person implements Named @key(fields: "id") { id: ID! name: String age: Int }`,
    b: `type Query { others: [Named] } type Named @key(fields: "id") @interfaceObject {
      id: ID! name: String @external handle: String @requires(fields: "name") }`,
  }),
  mutations: subgraphs({
    a: `type Mutation { add(name: String!, price: Float!): Item! multiply(by: Int!): Int! }
      type Query { item(id: ID!): Item! items: [Item!]! } type Item @key(fields: "id") { id: ID! name: String! price: Float! }`,
    b: `type Mutation { remove: Int! shelf(name: String): Shelf! } type Shelf @key(fields: "id") { id: ID! name: String items: [Item] }
      type Item @key(fields: "id") { id: ID! price: Float! @external dear: Boolean! @requires(fields: "price") shelf: Shelf! }`,
    c: 'type Mutation { addLater(amount: Int): Int! }',
  }),
  'keys-mashup': subgraphs({
    a: `type Part @key(fields: "id") @key(fields: "no") @key(fields: "place { row bin }") @key(fields: "id place { shelf bin }") {
      id: ID! no: ID! place: Place! name: String! } type Place { row: ID! shelf: ID! bin: ID! } type Query { part: Part }`,
    b: `type Kit @key(fields: "id") { id: ID! parts: [Part!]! } type Part @key(fields: "id place { shelf bin }") {
      id: ID! place: Place! name: String! @external label: String! @requires(fields: "name") }
      type Place @shareable { shelf: ID! bin: ID! } type Query { kit: Kit }`,
  }),
  'mysterious-external': subgraphs({
    prices: 'extend type Item @key(fields: "id") { id: ID! @external price: Float } type Query { cheapest: Item }',
    items: 'type Item @key(fields: "id") { id: ID! name: String! } type Query { items: [Item!]! }',
  }),
  'nested-provides': subgraphs({
    all: 'type Item @key(fields: "id") { id: ID! }',
    groups: `type Query { items: [Item] @shareable @provides(fields: "groups { id name inner { id name } }") }
      type Item @key(fields: "id") { id: ID! groups: [Group] @external }
      type Group @key(fields: "id") { id: ID! name: String inner: [Group] @external }`,
    inner:
      'type Item @key(fields: "id") { id: ID! groups: [Group] @shareable } type Group @key(fields: "id") { id: ID! inner: [Group] @shareable }',
  }),
  node: subgraphs({
    node: 'type Query { itemNode: Node groupNode: Node } interface Node { id: ID! } type Item implements Node @key(fields: "id") { id: ID! } type Group implements Node @key(fields: "id") { id: ID! }',
    types: `interface Node { id: ID! } type Item implements Node @key(fields: "id") { id: ID! name: String! price: Float! }
      type Group implements Node @key(fields: "id") { id: ID! name: String! } type Query { some: Item }`,
  }),
  'null-keys': subgraphs({
    a: 'type Query { boxes: [Box] } type Box @key(fields: "id") { id: ID }',
    b: 'type Box @key(fields: "id") @key(fields: "code") { id: ID code: ID }',
    c: 'type Box @key(fields: "code") { code: ID content: String owner: Owner } type Owner { name: String! }',
  }),
  'override-type-interface': subgraphs({
    a: `interface Post { id: ID! at: String! } type Picture implements Post @key(fields: "id") { id: ID! at: String! @override(from: "b") }
      type Query { feed: [Post] }`,
    b: `interface Post { id: ID! at: String! } type Picture implements Post @key(fields: "id") { id: ID! at: String! title: String }
      type Words implements Post @key(fields: "id") { id: ID! at: String! } type Query { otherFeed: [Words] }`,
  }),
  'override-with-requires': subgraphs({
    a: 'type Person @key(fields: "id") { id: ID! name: String! @external aName: String! @requires(fields: "name") } type Query { inA: Person }',
    b: 'type Person @key(fields: "id") { id: ID! name: String! @override(from: "c") } type Query { inB: Person }',
    c: 'type Person @key(fields: "id") { id: ID! name: String! @external cName: String! @requires(fields: "name") } type Query { inC: Person }',
  }),
  'parent-entity-call': subgraphs({
    a: 'type Query { items: [Item!]! } type Item @key(fields: "id pid") { id: ID! pid: ID! }',
    b: 'type Item @key(fields: "id pid") { id: ID! pid: ID! kind: Kind @shareable } type Kind { about: Int @shareable }',
    c: 'type Item @key(fields: "id pid") { id: ID! pid: ID! kind: Kind @shareable } type Kind { details: String @shareable other: [Int!] }',
  }),
  'parent-entity-call-complex': subgraphs({
    a: 'type Item @key(fields: "id") { id: ID! @external kind: Kind @shareable } type Kind { details: String }',
    b: 'type Item @key(fields: "id") { id: ID! kind: Kind @shareable } type Kind { id: ID! @shareable }',
    c: 'type Kind @key(fields: "id") { id: ID! name: String }',
    d: 'type Query { fromD(id: ID!): Item } type Item @key(fields: "id") { id: ID! name: String }',
  }),
  'partial-union': subgraphs({
    a: `union Find = Coin | Pot type Coin { name: String! @shareable } type Pot { clay: String! }
      type Query { find: Find @shareable wrap: Wrap } type Wrap { finds: [Find] @shareable }`,
    b: `union Find = Coin type Coin { name: String! @shareable }
      type Query { find: Find @shareable finds: [Find] } type Wrap { finds: [Find] @shareable }`,
  }),
  'provides-on-interface': subgraphs({
    a: `type Query { media: Media @shareable book: Book @provides(fields: "animals { ... on Dog { name } }") }
      interface Media { id: ID! } interface Animal { id: ID! }
      type Book implements Media @key(fields: "id") { id: ID! animals: [Animal] @shareable }
      type Dog implements Animal @key(fields: "id") { id: ID! @external name: String @external }
      type Cat implements Animal @key(fields: "id") { id: ID! @external }`,
    b: `type Query { media: Media @shareable @provides(fields: "animals { id name }") }
      interface Media { id: ID! animals: [Animal] } interface Animal { id: ID! name: String }
      type Book implements Media { id: ID! @shareable animals: [Animal] @external }
      type Dog implements Animal { id: ID! @external name: String @external }
      type Cat implements Animal { id: ID! @external name: String @external }`,
    c: `interface Media { id: ID! animals: [Animal] } interface Animal { id: ID! name: String }
      type Book implements Media @key(fields: "id") { id: ID! animals: [Animal] @shareable }
      type Dog implements Animal @key(fields: "id") { id: ID! name: String @shareable age: Int }
      type Cat implements Animal @key(fields: "id") { id: ID! name: String @shareable age: Int }`,
  }),
  'provides-on-union': subgraphs({
    a: 'type Query { media: [Media] @shareable } union Media = Book | Film type Book @key(fields: "id") { id: ID! } type Film @key(fields: "id") { id: ID! }',
    b: `type Query { media: [Media] @shareable @provides(fields: "... on Book { title }") } union Media = Book | Film
      type Book @key(fields: "id") { id: ID! title: String @external } type Film @key(fields: "id") { id: ID! }`,
    c: 'type Book @key(fields: "id") { id: ID! title: String @shareable } type Film @key(fields: "id") { id: ID! title: String @shareable }',
  }),
  'requires-circular': subgraphs({
    a: `type Query { feed: [Post] } type Post @key(fields: "id") { id: ID! byNewcomer: Boolean! @external
      byExpert: Boolean! @requires(fields: "byNewcomer") author: Author! } type Author @key(fields: "id") { id: ID! name: String }`,
    b: `type Post @key(fields: "id") { id: ID! author: Author! @external byNewcomer: Boolean! @requires(fields: "author { years }") }
      type Author @key(fields: "id") { id: ID! years: Int! }`,
  }),
  'requires-interface': subgraphs({
    a: `type Query { a: Person } interface Place { id: ID! city: String } type Home implements Place @key(fields: "id") { id: ID! city: String @external }
      type Work implements Place @key(fields: "id") { id: ID! city: String @external }
      type Person @key(fields: "id") { id: ID! place: Place @external
        city: String @requires(fields: "place { ... on Home { city } ... on Work { city } }") }`,
    b: `type Query { b: Person } interface Place { id: ID! city: String } type Home implements Place @key(fields: "id") { id: ID! city: String }
      type Work implements Place @key(fields: "id") { id: ID! city: String } type Person @key(fields: "id") { id: ID! name: String! place: Place }`,
  }),
  'requires-requires': subgraphs({
    a: 'type Item @key(fields: "id") { id: ID! price: Float! } type Query { item: Item }',
    b: 'type Item @key(fields: "id") { id: ID! hasDiscount: Boolean! price: Float! @external dear: Boolean! @requires(fields: "price") }',
    c: 'type Item @key(fields: "id") { id: ID! dear: Boolean! @external canAfford: Boolean! @requires(fields: "dear") }',
    d: 'type Item @key(fields: "id") { id: ID! canAfford: Boolean! @external dear: Boolean! @external offer: Int @requires(fields: "canAfford dear") }',
  }),
  'requires-with-argument': subgraphs({
    a: `type Query { items: [Item] posts: [Post] } type Item @key(fields: "code") { code: String! weight: Int price(in: String!): Int }
      type Post @key(fields: "id") { id: ID! title: String remarks(limit: Int!): [Remark] @shareable }
      type Remark @key(fields: "id") { id: ID! authorId: ID body: String }`,
    b: `type Item @key(fields: "code") { code: String! weight: Int @external price(in: String!): Int @external
        freight: Int @requires(fields: "price(in: \\"EUR\\") weight") dear: Boolean @requires(fields: "price(in: \\"EUR\\")") }
      type Post @key(fields: "id") { id: ID! remarks(limit: Int!): [Remark] @external
        author: Author @requires(fields: "remarks(limit: 3) { authorId }") }
      type Remark @key(fields: "id") { id: ID! authorId: ID @external } type Author { id: ID! name: String }`,
  }),
  'requires-with-fragments': subgraphs({
    a: `type Query { things: [Thing!]! } type Thing @key(fields: "id") { id: ID! data: Data }
      interface Data { foo: String! } type Plain implements Data { foo: String! bar: Int } type Rich implements Data { foo: String! qux: String }`,
    b: `type Thing @key(fields: "id") { id: ID! data: Data @external judge: String! @requires(fields: "data { foo ... on Plain { bar } ... on Rich { qux } }") }
      interface Data { foo: String! } type Plain implements Data @external { foo: String! bar: Int } type Rich implements Data @external { foo: String! qux: String }`,
  }),
  'shared-root': subgraphs({
    names:
      'type Query { item: Item @shareable items: [Item] @shareable } type Item @shareable { id: ID! name: Name! } type Name { id: ID! brand: String }',
    groups:
      'type Query { item: Item @shareable items: [Item] @shareable } type Item @shareable { id: ID! group: Group! } type Group { id: ID! name: String }',
    prices:
      'type Query { item: Item @shareable items: [Item] @shareable } type Item @shareable { id: ID! price: Price! } type Price { id: ID! amount: Int! }',
  }),
  'simple-entity-call': subgraphs({
    a: 'type Query { person: Person } type Person @key(fields: "id") { id: ID! email: String! @shareable }',
    b: 'type Person @key(fields: "email") { email: String! nick: String! }',
  }),
  'simple-inaccessible': subgraphs({
    a: 'type Query { inAge: Person } type Person @key(fields: "id") { id: ID age: Int } ',
    b: `type Query { inFriends: Person } type Person @key(fields: "id") { id: ID
      friends(kind: Kind = NEAR @inaccessible): [Person!]! type: Kind } enum Kind { NEAR @inaccessible FAR }`,
  }),
  'simple-interface-object': subgraphs({
    a: `type Query { users: [Named!]! } interface Named @key(fields: "id") { id: ID! name: String }
      type User implements Named @key(fields: "id") { id: ID! name: String age: Int }`,
    b: 'type Query { anotherUsers: [Named] } type Named @key(fields: "id") @interfaceObject { id: ID! handle: String }',
    c: `interface Account @key(fields: "id") { id: ID! } type Admin implements Account @key(fields: "id") { id: ID! }
      type Regular implements Account @key(fields: "id") { id: ID! main: Boolean! } type Query { accounts: [Account] }`,
    d: 'type Account @key(fields: "id") @interfaceObject { id: ID! name: String active: Boolean! }',
  }),
  'simple-override': subgraphs({
    a: 'type Query { feed: [Post] @shareable aFeed: [Post] } type Post @key(fields: "id") { id: ID! at: String! @override(from: "b") }',
    b: 'type Query { feed: [Post] @shareable bFeed: [Post] } type Post @key(fields: "id") { id: ID! at: String! }',
  }),
  'simple-requires-provides': subgraphs({
    accounts:
      'type Query { me: Person } type Person @key(fields: "id") { id: ID! name: String handle: String @shareable }',
    stock: `type Item @key(fields: "code") { code: String! weight: Int @external price: Int @external inStock: Boolean
      freight: Int @requires(fields: "price weight") freightTag: String @requires(fields: "inStock2") inStock2: Boolean @external }`,
    items:
      'type Query { items: [Item] } type Item @key(fields: "code") { code: String! name: String price: Int weight: Int inStock2: Boolean }',
    reviews: `type Review @key(fields: "id") { id: ID! body: String author: Person @provides(fields: "handle") item: Item }
      type Person @key(fields: "id") { id: ID! handle: String @external reviews: [Review] } type Item @key(fields: "code") { code: String! reviews: [Review] }`,
  }),
  typename: subgraphs({
    a: 'type Query { union: Item interface: Node person: Admin } union Item = Tool | Nail interface Node { id: ID! } type Tool implements Node @key(fields: "id") { id: ID! name: String } type Nail implements Node @key(fields: "id") { id: ID! size: Int } interface Admin @key(fields: "id") { id: ID! } type Root implements Admin @key(fields: "id") { id: ID! }',
    b: 'type Admin @key(fields: "id") @interfaceObject { id: ID! rights: [String] } type Query { people: [Admin] }',
  }),
  'unavailable-override': subgraphs({
    a: 'type Query { feed: [Post] @shareable } type Post @key(fields: "id") { id: ID! at: String! @override(from: "nowhere") }',
    b: 'type Query { feed: [Post] @shareable bFeed: [Post] } type Post @key(fields: "id") { id: ID! text: String }',
  }),
  'union-interface-distributed': subgraphs({
    a: `type Query { things: [Thing] toaster(id: ID!): Node } union Thing = Oven | Toaster interface Node { id: ID! }
      type Oven @key(fields: "id") { id: ID! } type Toaster implements Node @key(fields: "id") { id: ID! warranty: Int }`,
    b: `interface Node { id: ID! } type Oven implements Node @key(fields: "id") { id: ID! warranty: Int }
      type Toaster implements Node @key(fields: "id") { id: ID! } type Query { node(id: ID!): Node }`,
  }),
  'union-intersection': subgraphs({
    a: 'type Query { media: Media @shareable book: Media @shareable song: Media } union Media = Book | Song type Book { title: String! @shareable } type Song { title: String! aTitle: String }',
    b: 'type Query { media: Media @shareable book: Media @shareable viewer: Viewer } union Media = Book | Film type Book { title: String! @shareable } type Film { title: String! } type Viewer { media: Media book: Book }',
  }),
};

/** Of shapes in which chance seldom brings an operation that takes several subgraphs. */
export const JOINING_QUERIES: Readonly<Record<string, readonly string[]>> = {
  'enum-intersection': ['{ cats { id coat age } }'],
  'nested-provides': ['{ items { id groups { id name inner { id name inner { id name } } } } }'],
  'override-type-interface': ['{ feed { __typename id at ... on Picture { title } } otherFeed { id at } }'],
  typename: ['{ people { __typename id rights } person { id rights } }'],
  'union-intersection': [
    '{ viewer { media { __typename ... on Book { title } } } song { __typename ... on Song { title aTitle } } }',
  ],
};
