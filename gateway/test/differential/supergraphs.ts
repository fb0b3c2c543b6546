/** A subgraph of a supergraph that is composed for the comparison. */
export interface TestSubgraph {
  readonly name: string;
  readonly sdl: string;
}

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable",
  "@external", "@requires", "@provides", "@override", "@inaccessible", "@interfaceObject"])`;

/** Subgraphs in the federation's second version, each by its name. */
export function subgraphs(sdls: Readonly<Record<string, string>>): readonly TestSubgraph[] {
  return Object.entries(sdls).map(([name, sdl]) => ({ name, sdl: `${LINK}\n${sdl}` }));
}

/** Several and compound keys, what fields require and provide, entities inside of entities, lists of lists. */
export const SHOP = subgraphs({
  catalog: `
    type Product @key(fields: "id") @key(fields: "sku brand { id }") {
      id: ID! sku: String! brand: Brand! name: String @shareable price(currency: Currency = EUR): Float weight: Int!
      size: Size @shareable related(first: Int): [Product!] grid: [[Product]] matrix: [[Int!]!]! bundle: [[Product!]!]
    }
    type Brand @key(fields: "id") { id: ID! title: String! products: [Product] }
    type Size @shareable { width: Int height: Int! unit: Unit }
    enum Unit { CM INCH }
    enum Currency { EUR USD }
    scalar Json
    input Filter { text: String brands: [ID!] limits: Limits currency: Currency }
    input Limits { from: Float to: Float! = 10.5 }
    type Query { product(id: ID!): Product products(filter: Filter, first: Int = 3): [Product!]! brand: Brand version: String!
      settings: Json }
    type Mutation { rename(id: ID!, name: String!): Product remove(id: ID!): Boolean! }`,
  stock: `
    type Product @key(fields: "sku brand { id }") {
      sku: String! brand: Brand! inStock: Boolean! warehouses: [Warehouse!]
      shipping: Int @requires(fields: "weight size { width height }")
      weight: Int! @external size: Size @external
      label: String @requires(fields: "name")  name: String @external
    }
    type Brand @key(fields: "id") { id: ID! depot: Warehouse }
    type Size { width: Int @shareable height: Int! @shareable }
    type Warehouse @key(fields: "code country") { code: String! country: String! products: [Product!]! manager: Person! }
    type Person @key(fields: "email") { email: String! }
    type Query { warehouse: Warehouse warehouses: [Warehouse] }
    type Mutation { restock(sku: String!, amount: Int!): Warehouse }`,
  people: `
    type Person @key(fields: "email") @key(fields: "number") {
      email: String! number: Int! name: String! reviews: [Review] mood: Mood best: Person knows: [Person!]!
    }
    enum Mood { GOOD BAD SECRET @inaccessible }
    type Review @key(fields: "id") { id: ID! author: Person! text: String product: Product @provides(fields: "name") }
    type Product @key(fields: "id") { id: ID! name: String @external reviews(first: Int = 2): [Review!]! }
    type Query { person(number: Int!): Person people: [Person] review: Review }`,
  scores: `
    type Person @key(fields: "number") { number: Int! email: String! @external score: Float level: Level! }
    type Level @shareable { rank: Int! title: String }
    type Review @key(fields: "id") { id: ID! stars: Int! level: Level author: Person! @external
      trust: Int @requires(fields: "author { email }") }
    type Warehouse @key(fields: "code country") { code: String! country: String! level: Level! }`,
});

/** Interfaces and unions of which subgraphs know different parts, and fields of one name with several types. */
export const MEDIA = subgraphs({
  library: `
    interface Node { id: ID! }
    interface Media implements Node @key(fields: "id") { id: ID! title: String! length: Int related: [Media!] }
    type Book implements Media & Node @key(fields: "id") {
      id: ID! title: String! length: Int related: [Media!] author: Author pages: Int! cover: String tags: [String!]
      lent: Boolean! @shareable }
    type Film implements Media & Node @key(fields: "id") {
      id: ID! title: String! length: Int related: [Media!] director: Author! cover: Image tags: [Image] lent: Boolean }
    type Song implements Media & Node @key(fields: "id") { id: ID! title: String! length: Int related: [Media!] cover: Int }
    type Image @shareable { url: String! size: Int }
    type Author implements Node @key(fields: "id") { id: ID! name: String! works: [Work!]! favourite: Work nodes: [[Node]!] }
    union Work = Book | Film
    type Query { node(id: ID!): Node nodes: [Node]! media: Media! medias(first: Int): [Media] work: Work works: [[Work]] author: Author }
    type Mutation { publish(title: String): Media }`,
  ratings: `
    type Media @key(fields: "id") @interfaceObject { id: ID! stars: Int! critics: [Author!] best: Media }
    type Author @key(fields: "id") { id: ID! prizes: [Prize] }
    union Prize = Medal | Cheque
    interface Valued { worth: Int note: String! }
    type Medal implements Valued { worth: Int note: String! metal: Metal! }
    type Cheque implements Valued { worth: Int note: String! bank: String }
    enum Metal { GOLD SILVER }
    type Query { topMedia: [Media!]! prizes: [Prize!] valued: Valued }`,
  archive: `
    interface Node { id: ID! }
    type Author implements Node @key(fields: "id") { id: ID! born: Int archived: [Item] latest: Item }
    type Book implements Node @key(fields: "id") { id: ID! shelf: Shelf! lent: Boolean @shareable }
    type Film implements Node @key(fields: "id") { id: ID! reels: [Shelf!] }
    type Shelf @shareable { room: Int! row: String items: [Item!] }
    union Item = Book | Film | Shelf
    type Query { items: [Item] shelf: Shelf }`,
});
